/** A bare client of OpenClaw's gateway with full rights, for setting tests up and for asking what is really so. */
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { once } from "node:events";
import WebSocket from "ws";

type Frame = { type: string; id?: string; ok?: boolean; payload?: any; error?: RpcError; event?: string };
export interface RpcError {
  code: string;
  message: string;
  retryAfterMs?: number;
}

const scopes = ["operator.read", "operator.admin"];

export class OpenClawRpc implements Disposable {
  readonly #url: string;
  readonly #token: string;
  readonly #pending = new Map<string, { resolve(payload: any): void; reject(error: Error): void }>();
  readonly #listeners = new Set<(event: string, payload: any) => void>();
  #socket: WebSocket | null = null;
  #opening: Promise<WebSocket> | null = null;
  #count = 0;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /** Calls a method; the answer is OpenClaw's payload as it is. Write limits are met by a fresh connection, which has its own. */
  async call(method: string, params: object = {}): Promise<any> {
    try {
      return await this.#send(await this.#open(), method, params);
    } catch (error) {
      if ((error as { cause?: RpcError }).cause?.retryAfterMs === undefined) throw error;
      this.#socket?.terminate();
      this.#opening = null;
      return this.#send(await this.#open(), method, params);
    }
  }

  /** Resolves with the first cron event from now on that matches. */
  async cronEvent(matches: (payload: any) => boolean): Promise<any> {
    await this.#open();
    return new Promise((resolve) => {
      const listen = (event: string, payload: any): void => {
        if (event !== "cron" || !matches(payload)) return;
        this.#listeners.delete(listen);
        resolve(payload);
      };
      this.#listeners.add(listen);
    });
  }

  [Symbol.dispose](): void {
    this.#socket?.terminate();
  }

  #open(): Promise<WebSocket> {
    return (this.#opening ??= this.#connect().catch((error: unknown) => {
      this.#opening = null;
      throw error;
    }));
  }

  async #connect(): Promise<WebSocket> {
    const socket = new WebSocket(this.#url, { maxPayload: 64 * 1024 * 1024, perMessageDeflate: false });
    this.#socket = socket;
    const [challenge] = (await once(socket, "message")) as [Buffer];
    socket.on("message", (data) => this.#receive(JSON.parse(String(data)) as Frame));
    socket.on("error", () => {});
    socket.on("close", () => {
      if (this.#socket === socket) this.#opening = null;
      for (const waiting of this.#pending.values()) waiting.reject(new Error("connection closed"));
      this.#pending.clear();
    });
    await this.#send(socket, "connect", {
      minProtocol: 3,
      maxProtocol: 4,
      client: { id: "gateway-client", displayName: "Loom tests", version: "0.0.1", platform: "linux", mode: "backend" },
      role: "operator",
      scopes,
      caps: [],
      auth: { token: this.#token },
      device: this.#device(JSON.parse(String(challenge)).payload),
    });
    return socket;
  }

  /** A device of its own: the older versions give the right to change jobs to nobody else. */
  #device({ nonce, ts: signedAt }: { nonce: string; ts: number }): object {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const raw = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
    const id = createHash("sha256").update(raw).digest("hex");
    const payload = ["v3", id, "gateway-client", "backend", "operator", scopes.join(","), signedAt, this.#token, nonce, "linux", ""].join("|");
    return { id, publicKey: raw.toString("base64url"), signature: sign(null, Buffer.from(payload), privateKey).toString("base64url"), signedAt, nonce };
  }

  #send(socket: WebSocket, method: string, params: object): Promise<any> {
    const id = String(++this.#count);
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      socket.send(JSON.stringify({ type: "req", id, method, params }));
    });
  }

  #receive(frame: Frame): void {
    if (frame.type === "event") {
      for (const listener of [...this.#listeners]) listener(frame.event ?? "", frame.payload);
      return;
    }
    const waiting = this.#pending.get(frame.id ?? "");
    this.#pending.delete(frame.id ?? "");
    if (frame.ok) waiting?.resolve(frame.payload);
    else waiting?.reject(new Error(`${frame.error?.code}: ${frame.error?.message}`, { cause: frame.error }));
  }
}
