import type { Commands } from "../command/contract.ts";
import type { Route, Widget } from "../plugin/contract.ts";
import type { MirrorService } from "../mirror/service.ts";
import type { PluginInfo } from "../plugin/info.ts";
import type { StrandIndex } from "../registry/strandIndex.ts";
import type { Runs, Webhooks } from "../run/contract.ts";
import type { Pauses } from "../run/pause/contract.ts";
import type { Role, Store } from "../store/contract.ts";
import type { Library } from "../workflow/libraryContract.ts";

/** What the API needs of the gateway, and no more. */
export interface HttpServices {
  readonly store: Store;
  readonly index: StrandIndex;
  readonly commands: Commands;
  readonly runs: Pick<Runs, "cancel" | "retry" | "progress" | "onNews">;
  readonly library: Pick<Library, "files" | "reload" | "on">;
  readonly webhooks: Webhooks;
  readonly pauses: Pauses;
  readonly sources: Pick<MirrorService, "look" | "accept" | "setGrace" | "lastGoodReadAt">;
  readonly plugins: { list(): readonly PluginInfo[] };
  /** Live routes of plugins; the key is `GET /plugins/<id>/path/:name`. */
  readonly routes: Listing<Route>;
  /** Live widgets of plugins; the key is `<plugin>:<id>`. */
  readonly widgets: Listing<Widget>;
  /** Takes secrets out of what a plugin says. */
  readonly redact: (text: string) => string;
  readonly node: { readonly id: string; readonly name: string };
  /** IANA zone of this machine. */
  readonly hostZone: string;
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** The token in LOOM_HOME/token, asked for at each request, so that a new one holds at once. */
  adminToken(): string | Promise<string>;
  /** True once everything is up and nothing is stopping. */
  ready(): boolean;
}

/** The part of a registry's kind that is read here. */
export interface Listing<T> {
  list(): readonly { readonly key: string; readonly owner: { readonly plugin: string }; readonly item: T }[];
}

/** Who asks. */
export interface Caller {
  /** Kept with what they do. */
  readonly name: string;
  readonly via: "token" | "session";
  readonly role: Role;
  /** Addresses that the credential is for; null: all. */
  readonly scope: readonly string[] | null;
  /** Id of the session; null for a token. */
  readonly sessionId: string | null;
  /** Id of the token, also of one through which the session was opened; null: that of the home. */
  readonly tokenId: string | null;
  /** When the credential ends, in milliseconds since 1970; null: it does not. */
  readonly expiresAt: number | null;
}
