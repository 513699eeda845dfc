import { once } from "node:events";
import { Agent, request, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";

/** Our own: that of the process sends all through a proxy where the environment says so (`NODE_USE_ENV_PROXY`), and with it the token. */
const agent = new Agent({ keepAlive: true });

export interface GatewayRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

export interface GatewayAnswer {
  readonly status: number;
  readonly text: string;
}

/** Asks the gateway itself, whatever proxy others are asked through. Rejects where it does not answer whole, or when `signal` aborts. */
export async function requestGateway(url: string, { body, ...options }: GatewayRequest = {}): Promise<GatewayAnswer> {
  const asked = request(url, { ...options, agent }).end(body);
  const answered = once(asked, "response") as Promise<[IncomingMessage]>;
  // What breaks off later is told by the answer.
  asked.on("error", () => {});
  const [answer] = await answered;
  return { status: answer.statusCode!, text: await text(answer) };
}
