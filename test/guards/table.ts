/** One guard of the door or the disk, how to take it out of the source, and the tests that must notice. */
export interface Guard {
  /** What it keeps out. */
  readonly keepsOut: string;
  readonly file: string;
  /** What stands there, once; and what to put in its place. */
  readonly from: string;
  readonly to: string;
  readonly tests: readonly string[];
}

const DOOR = ["core/http/guards/guards.test.ts"];
const PROXY = ["core/http/guards/proxy.test.ts"];
const ACCESS = ["core/http/access.test.ts"];
const SCOPE = ["core/http/guards/scope.test.ts"];
const FEED = ["core/http/feed/feed.test.ts"];
const EGRESS = ["core/egress/fetch.test.ts", "core/egress/rule.test.ts"];
const REDACT = ["core/log/redact.test.ts"];

export const guards: readonly Guard[] = [
  { keepsOut: "names that were made to point here", file: "core/http/guards/host.ts", from: "NAMES.some((name) => host === `${name}:${port}`)", to: "true", tests: DOOR },
  { keepsOut: "other machines under a loopback name", file: "core/http/guards/host.ts", from: "isLoopback(peer) && NAMES", to: "NAMES", tests: PROXY },
  { keepsOut: "others under the proxy's name", file: "core/http/guards/host.ts", from: "!proxy?.isAt(peer) || host !== proxy.host", to: "!proxy || host !== proxy.host", tests: PROXY },
  { keepsOut: "other names through the proxy", file: "core/http/guards/host.ts", from: "!proxy?.isAt(peer) || host !== proxy.host", to: "!proxy?.isAt(peer)", tests: PROXY },
  { keepsOut: "proxies that do not end TLS", file: "core/http/guards/host.ts", from: 'if (request.headersDistinct["x-forwarded-proto"]?.join() !== "https")', to: "if (false)", tests: PROXY },
  { keepsOut: "peers that others wrote into X-Forwarded-For", file: "core/http/guards/proxy.ts", from: "named.findLast(", to: "named.find(", tests: PROXY },
  { keepsOut: "cookies without TLS, where there is TLS", file: "core/http/resources/sessions.ts", from: '; Secure', to: "", tests: PROXY },
  { keepsOut: "connections from elsewhere", file: "core/http/listeners.ts", from: "return isLoopback(peer) || proxy?.isAt(peer) === true;", to: "return true;", tests: PROXY },
  { keepsOut: "addresses beyond loopback without a proxy", file: "core/config/schema.ts", from: 'isIP(host ?? "") === 0 || LOOPBACK.includes(host) || proxy !== undefined', to: "true", tests: ["core/config/load.test.ts"] },
  { keepsOut: "two hosts at once", file: "core/http/guards/host.ts", from: "if (hosts.length !== 1 || host === undefined)", to: "if (host === undefined)", tests: DOOR },
  { keepsOut: "a host in the address itself", file: "core/http/guards/host.ts", from: 'if (!request.url?.startsWith("/"))', to: "if (false)", tests: DOOR },
  { keepsOut: "requests of another origin", file: "core/http/guards/origin.ts", from: "if (origin !== null && origin !== own)", to: "if (false)", tests: DOOR },
  { keepsOut: "requests of another site", file: "core/http/guards/origin.ts", from: 'if (site !== null && site !== "same-origin" && site !== "none")', to: "if (false)", tests: DOOR },
  { keepsOut: "requests of tags and forms", file: "core/http/guards/origin.ts", from: 'if (mode === "no-cors" &&', to: "if (false &&", tests: DOOR },
  { keepsOut: "the page in a frame of another site", file: "core/http/guards/origin.ts", from: 'only(request, "sec-fetch-dest") === "document"', to: "true", tests: DOOR },
  { keepsOut: "two origins at once", file: "core/http/guards/origin.ts", from: "if (values && values.length > 1)", to: "if (false)", tests: DOOR },
  { keepsOut: "upgrades to a WebSocket from elsewhere", file: "core/http/upgrade.ts", from: "const way = checkHost(request, port, proxy);\n    checkOrigin(request, way.origin);", to: 'const way = { peer: "127.0.0.1" };', tests: FEED },
  { keepsOut: "feeds with something in their query", file: "core/http/upgrade.ts", from: "if (request.url !== FEED_PATH)", to: "if (false)", tests: FEED },
  { keepsOut: "headers that come too slowly", file: "core/http/guards/limits.ts", from: "headersTimeout: limits.headersMs", to: "headersTimeout: 0", tests: DOOR },
  { keepsOut: "requests that come too slowly", file: "core/http/guards/limits.ts", from: "requestTimeout: limits.requestMs", to: "requestTimeout: 0", tests: DOOR },
  { keepsOut: "headers without end", file: "core/http/guards/limits.ts", from: "maxHeaderSize: limits.headerBytes", to: "maxHeaderSize: 1e7", tests: DOOR },
  { keepsOut: "bodies that are no JSON", file: "core/http/guards/body.ts", from: "if (type !== undefined && !/", to: "if (type !== undefined && false && !/", tests: DOOR },
  { keepsOut: "bodies without a type", file: "core/http/guards/body.ts", from: 'if (request.headers["content-type"] === undefined)', to: "if (false)", tests: DOOR },
  { keepsOut: "compressed bodies", file: "core/http/guards/body.ts", from: 'if (encoding !== undefined && encoding !== "identity")', to: "if (false)", tests: DOOR },
  { keepsOut: "long bodies that say so", file: "core/http/guards/body.ts", from: "if (length > MAX_BODY_BYTES) throw tooLarge();\n  return", to: "return", tests: DOOR },
  { keepsOut: "long bodies that do not say so", file: "core/http/guards/body.ts", from: "if (length > MAX_BODY_BYTES) throw tooLarge();\n      chunks", to: "chunks", tests: DOOR },
  { keepsOut: "bytes that are no text", file: "core/http/guards/body.ts", from: "fatal: true", to: "fatal: false", tests: DOOR },
  { keepsOut: "bodies without a floor", file: "core/http/guards/body.ts", from: "if (depth > MAX_DEPTH)", to: "if (false)", tests: DOOR },
  { keepsOut: "keys that reach a prototype", file: "core/http/guards/body.ts", from: "if (PROTOTYPE_KEYS.has(key))", to: "if (false)", tests: DOOR },
  { keepsOut: "scripts from elsewhere", file: "core/http/guards/headers.ts", from: "script-src 'self'", to: "script-src 'self' 'unsafe-inline'", tests: DOOR },
  { keepsOut: "other sites' frames", file: "core/http/guards/headers.ts", from: "frame-ancestors 'none'", to: "frame-ancestors *", tests: DOOR },
  { keepsOut: "who shows no credential", file: "core/http/router.ts", from: "await authenticator.caller(credentialsOf(ctx.req, port()), peer)", to: '{ ...NOBODY, role: "admin" as const, scope: null }', tests: [...DOOR, ...ACCESS] },
  { keepsOut: "who shows none to a plugin", file: "core/http/pluginRoutes.ts", from: "await authenticator.caller(credentialsOf(ctx.req, port()), peer)", to: '{ name: "x", via: "token", role: "admin", scope: null, sessionId: null, tokenId: null, expiresAt: null } as const', tests: DOOR },
  { keepsOut: "two credentials at once", file: "core/http/guards/auth.ts", from: "authorization.length === 1 ?", to: "true ?", tests: DOOR },
  { keepsOut: "a cookie without its key", file: "core/http/session.ts", from: " && sameSecret(hashOf(key), session.keyHash)", to: "", tests: DOOR },
  { keepsOut: "sessions that are over", file: "core/http/session.ts", from: "session.expiresAt > this.#clock.now() && ", to: "", tests: DOOR },
  { keepsOut: "links that were used", file: "core/http/session.ts", from: "this.#codes.delete(hash);\n    if", to: "if", tests: DOOR },
  { keepsOut: "links that are old", file: "core/http/session.ts", from: " || guest.usableUntil <= this.#clock.mono()", to: "", tests: DOOR },
  { keepsOut: "scripts that read the cookie", file: "core/http/resources/sessions.ts", from: "; HttpOnly", to: "", tests: DOOR },
  { keepsOut: "other sites that send the cookie", file: "core/http/resources/sessions.ts", from: "; SameSite=Strict", to: "", tests: DOOR },
  { keepsOut: "browsers that let in browsers", file: "core/http/router.ts", from: 'if (spec.bearerOnly && caller.via !== "token")', to: "if (false)", tests: DOOR },
  { keepsOut: "guesses without end", file: "core/http/guards/guesses.ts", from: "if (count.wrong <= WRONG_IN_A_WINDOW) return error;", to: "return error;", tests: DOOR },
  { keepsOut: "a table of guesses without end", file: "core/http/guards/guesses.ts", from: "if (known || this.#counts.size < MAX_PEERS)", to: "if (true)", tests: DOOR },
  { keepsOut: "guesses at what is compared letter by letter", file: "core/http/secrets.ts", from: 'timingSafeEqual(createHash("sha256").update(given).digest(), createHash("sha256").update(right).digest())', to: "given === right", tests: ["core/http/secrets.test.ts"] },
  { keepsOut: "who may less than the address needs", file: "core/http/guards/roles.ts", from: "if (!atLeast(caller.role, needed))", to: "if (false)", tests: ACCESS },
  { keepsOut: "addresses outside of a token's scope", file: "core/http/guards/roles.ts", from: "if (!inScope(caller.scope, path))", to: "if (false)", tests: ACCESS },
  { keepsOut: "addresses that only begin like one in scope", file: "core/http/guards/scope.ts", from: "wanted.every((segment, n) => asked[n] === segment)", to: 'asked.join("/").startsWith(wanted.join("/"))', tests: SCOPE },
  { keepsOut: "ways up and out of a scope", file: "core/http/guards/scope.ts", from: 'segments.some((segment) => segment === "" || segment === "." || segment === "..")', to: "false", tests: SCOPE },
  { keepsOut: "tokens with a higher role than their maker", file: "core/http/tokens.ts", from: "!atLeast(by.role, wanted.role) || ", to: "", tests: ["core/http/tokens.test.ts"] },
  { keepsOut: "tokens with a wider scope than their maker", file: "core/http/tokens.ts", from: " || !isWithin(scope, by.scope)", to: "", tests: ACCESS },
  { keepsOut: "tokens that outlast their maker", file: "core/http/tokens.ts", from: "earlier(wanted.expiresAt, by.expiresAt)", to: "wanted.expiresAt", tests: ACCESS },
  { keepsOut: "links that let in more than their maker", file: "core/http/resources/sessions.ts", from: "!atLeast(caller.role, role) || caller.scope !== null", to: "false", tests: ACCESS },
  { keepsOut: "tokens that were revoked", file: "core/http/tokens.ts", from: "token.revokedAt === null && ", to: "", tests: ACCESS },
  { keepsOut: "tokens that are over", file: "core/http/tokens.ts", from: "(token.expiresAt === null || token.expiresAt > this.#clock.now())", to: "true", tests: ACCESS },
  { keepsOut: "tokens of one that was revoked", file: "core/store/sqlite/tokens.ts", from: "SELECT token_id FROM tokens JOIN below ON parent_id = below.id", to: "SELECT '' WHERE 0", tests: ACCESS },
  { keepsOut: "sessions of a token that is over", file: "core/store/sqlite/sessions.ts", from: ' WHERE ${tokenHolds("@tokenId")}', to: "", tests: ACCESS },
  { keepsOut: "feeds of a token that was revoked", file: "core/http/feed/feed.ts", from: 'options.tokens.onEnd((tokenId) => this.#end("the token was revoked", (caller) => caller.tokenId === tokenId));', to: "", tests: ACCESS },
  { keepsOut: "feeds of who has signed out", file: "core/http/feed/feed.ts", from: 'options.sessions.onEnd((sessionId) => this.#end("signed out", (caller) => caller.sessionId === sessionId));', to: "", tests: FEED },
  { keepsOut: "feeds whose credential was changed", file: "core/http/feed/feed.ts", from: "if (reader.credentials && !(await this.#options.authenticator.holds(reader.credentials)))", to: "if (false)", tests: FEED },
  { keepsOut: "feeds without a credential", file: "core/http/feed/feed.ts", from: "if (!(await this.#admit(reader, { ...credentialsOf(request, port), key: key ?? null, token: token ?? null }, peer))) return;", to: "", tests: FEED },
  { keepsOut: "feeds that never say hello", file: "core/http/feed/feed.ts", from: 'reader.close(closed.malformed, "no hello came")', to: "undefined", tests: FEED },
  { keepsOut: "feeds without number", file: "core/http/feed/feed.ts", from: "if (this.#readers.size >= MAX_READERS)", to: "if (false)", tests: ["core/http/feed/crowd.test.ts"] },
  { keepsOut: "messages without end", file: "core/http/feed/feed.ts", from: "maxPayload: MAX_MESSAGE_BYTES", to: "maxPayload: 1e9", tests: FEED },
  { keepsOut: "readers that let everything wait", file: "core/http/feed/reader.ts", from: "if (this.#socket.bufferedAmount + bytes.length > MAX_WAITING_BYTES)", to: "if (false)", tests: FEED },
  { keepsOut: "changes that the audit log cannot keep", file: "core/http/audit.ts", from: "const id = await this.#begin(asker, wish);", to: 'const id = await this.#begin(asker, wish).catch(() => "");', tests: ["core/http/audit.test.ts"] },
  { keepsOut: "names that lead out of the page's folder", file: "core/http/page/staticFiles.ts", from: "!SAFE_PATH.test(path)", to: "false", tests: ["core/http/page/staticFiles.test.ts", "core/http/page/pageFiles.test.ts"] },
  { keepsOut: "requests to inner addresses", file: "core/egress/fetch.ts", from: "if (isIP(hostname) !== 0 && !rule(to))", to: "if (false)", tests: EGRESS },
  { keepsOut: "names that resolve to inner addresses", file: "core/egress/fetch.ts", from: "addresses.filter((_, i) => rule(found[i]!))", to: "addresses", tests: EGRESS },
  { keepsOut: "inner addresses that an IPv6 address carries", file: "core/egress/rule.ts", from: "const target = reached(address);", to: "const target = address;", tests: EGRESS },
  { keepsOut: "secrets under their names", file: "core/log/redact.ts", from: "isSecret(key, item) ? REDACTED : copy(item, text, parents)", to: "copy(item, text, parents)", tests: REDACT },
  { keepsOut: "secrets by their values", file: "core/log/redact.ts", from: "hidden ? original.replace(hidden.pattern, REDACTED) : original", to: "original", tests: REDACT },
  { keepsOut: "what gives itself away as a secret", file: "core/log/redact.ts", from: "return TELLING.reduce((text, pattern) => text.replace(pattern, (_, kept: string) => `${kept}${REDACTED}`), known);", to: "return known;", tests: REDACT },
  { keepsOut: "escapes that control a terminal", file: "core/cli/text.ts", from: "return text.replace(unsafe,", to: "return text.replace(/$^/g,", tests: ["core/cli/text.test.ts"] },
  { keepsOut: "plugins that others may write", file: "core/plugin/safety.ts", from: "if ((mode & OTHERS_WRITE) === 0 ||", to: "if (true ||", tests: ["core/plugin"] },
  { keepsOut: "plugins that lie elsewhere", file: "core/plugin/manifest.ts", from: 'path.startsWith("/") && !path.split(/[/\\\\]/).includes("..")', to: "false", tests: ["core/plugin/manifest.test.ts"] },
  { keepsOut: "workflows that lie elsewhere", file: "core/workflow/sources.ts", from: "if (!isInside(real, await realpath(folder)))", to: "if (false)", tests: ["core/workflow/sources.test.ts", "core/workflow/library.test.ts"] },
  { keepsOut: "secrets that programs did not ask for", file: "core/workflow/isolate/thread/programEnv.ts", from: ".filter(([name]) => isAllowed(name))", to: "", tests: ["core/workflow/isolate/calls.test.ts"] },
];
