import { post } from "./api.js";
import { wall } from "./clock.js";

/** So long what got no answer counts as the same wish when it is asked for again, milliseconds. */
const SAME_WISH = 60_000;
/** What was asked for and has no answer: its key, and when it was first asked. */
const unanswered = new Map();

/**
 * Posts what has an effect each time: with a key, so that a request that is sent again has it once. Who hears nothing and asks
 * again within a minute asks for the same.
 * @throws ApiProblem
 */
export async function start(path, body) {
  const wish = `${path} ${JSON.stringify(body)}`;
  const before = unanswered.get(wish);
  const { key, at } = before && wall() - before.at < SAME_WISH ? before : { key: newKey(), at: wall() };
  unanswered.set(wish, { key, at });
  try {
    const answer = await post(path, body, { "idempotency-key": key });
    unanswered.delete(wish);
    return answer;
  } catch (problem) {
    if (problem.status !== 0) unanswered.delete(wish);
    throw problem;
  }
}

const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
