import { InvalidArgumentError } from "commander";

/** A whole number of at least one. */
export function asCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("It takes a whole number of at least 1.");
  return Number(text);
}

/** A length of time in seconds, above zero. */
export function asSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 86_400)) throw new InvalidArgumentError("It takes seconds, as in --wait=30; put it behind the strand when you give none.");
  return seconds;
}
