import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import Koa from "koa";
import type { Clock } from "../clock/clock.ts";
import { isLoomError, LoomError } from "../errors/loomError.ts";
import { newId } from "../ids/uuid.ts";
import type { Log } from "../log/log.ts";
import { Audit } from "./audit.ts";
import { Feed } from "./feed/feed.ts";
import { Authenticator } from "./guards/auth.ts";
import { Guesses } from "./guards/guesses.ts";
import { safeHeaders } from "./guards/headers.ts";
import { checkHost } from "./guards/host.ts";
import { defaultLimits, serverOptions, type Limits } from "./guards/limits.ts";
import { checkOrigin } from "./guards/origin.ts";
import { Metrics } from "./metrics.ts";
import { openApiRoute } from "./openapi.ts";
import type { PageFiles } from "./page/pageFiles.ts";
import { staticFiles } from "./page/staticFiles.ts";
import { pluginRouter } from "./pluginRoutes.ts";
import { problemHeaders, problemOf } from "./problems.ts";
import { acknowledgeRoutes } from "./resources/acknowledge.ts";
import { auditRoutes } from "./resources/audit.ts";
import { changeRoutes } from "./resources/changes.ts";
import { commandRoutes } from "./resources/commands.ts";
import { eventRoutes } from "./resources/events.ts";
import { gatewayRoutes } from "./resources/gateway.ts";
import { hookRoutes } from "./resources/hooks.ts";
import { metricsRoutes } from "./resources/metrics.ts";
import { nodeRoutes } from "./resources/nodes.ts";
import { occurrenceRoutes } from "./resources/occurrences.ts";
import { outputRoutes } from "./resources/outputs.ts";
import { pauseRoutes } from "./resources/pauses.ts";
import { pluginRoutes } from "./resources/plugins.ts";
import { runRoutes } from "./resources/runs.ts";
import { sessionRoutes } from "./resources/sessions.ts";
import { sourceRoutes } from "./resources/sources.ts";
import { strandRoutes } from "./resources/strands.ts";
import { tokenRoutes } from "./resources/tokens.ts";
import { versionRoutes } from "./resources/versions.ts";
import { workflowRoutes } from "./resources/workflows.ts";
import type { RouteSpec } from "./route.ts";
import { createRouter, refuseUnknown } from "./router.ts";
import type { HttpServices } from "./services.ts";
import { OWNER, Sessions, type Guest } from "./session.ts";
import { signInLink, type SignInLink } from "./signInLink.ts";
import { Tokens } from "./tokens.ts";
import { UnderWay } from "./underWay.ts";
import { upgrade } from "./upgrade.ts";
import { NodeNames } from "./views/nodeNames.ts";
import { StrandViews } from "./views/strand.ts";
import { WorkflowFiles } from "./views/workflowFiles.ts";

/** How long requests under way may take when the gateway stops. */
const CLOSE_MS = 3_000;

export interface HttpOptions {
  readonly services: HttpServices;
  readonly config: {
    /** 0: any free port. */
    readonly port: number;
    readonly host: "127.0.0.1" | "::1";
  };
  readonly page: PageFiles;
  readonly limits?: Partial<Limits>;
  readonly log: Log;
  readonly clock: Clock;
}

export interface Http {
  /** Begins to listen, on loopback. @throws LoomError PORT_IN_USE */
  listen(): Promise<{ readonly address: string; readonly port: number }>;
  /** A link that signs one browser in, once, within ten minutes. Only while listening. */
  signInLink(): string;
  /** The table that the router and /openapi.json are made of. */
  readonly routes: readonly RouteSpec[];
  /** Lets requests under way finish and closes the feeds. Closing twice is allowed. */
  close(): Promise<void>;
}

/** The gateway's door: the API, the live feed and the page, behind the guards. Nothing happens before `listen`. */
export function createHttp({ services, config, page, log, clock, ...options }: HttpOptions): Http {
  const limits = { ...defaultLimits, ...options.limits };
  const app = new Koa();
  const server = createServer(serverOptions(limits));
  server.maxConnections = limits.connections;
  // No limit on their number, only on their size: Node would leave the rest out, and a guard has to see them all.
  server.maxHeadersCount = 0;
  const underWay = new UnderWay(server);
  // Kept, since a server that closes has no address any more, and still answers what is under way.
  let bound = config.port;
  const port = (): number => bound;

  const nodes = new NodeNames(services);
  const files = new WorkflowFiles(services);
  const strands = new StrandViews({ index: services.index, nodes, files, clock, hostZone: services.hostZone });
  const guesses = new Guesses(clock);
  const sessions = new Sessions(services.store.sessions, clock);
  const tokens = new Tokens(services.store.tokens, sessions, clock);
  const authenticator = new Authenticator(services, sessions, tokens, guesses);
  const audit = new Audit(services.store.audit, clock, log);
  const metrics = new Metrics(services);
  const feed = new Feed({ services, views: { index: services.index, strands, nodes }, authenticator, sessions, tokens, clock, log });
  const address = (): string => `http://${config.host === "::1" ? "[::1]" : config.host}:${port()}`;
  const newLink = (guest: Guest): SignInLink => signInLink(address(), sessions.newCode(guest));

  const tools = { services, clock, nodes, strands, sessions, tokens, guesses, port, newLink };
  const routes: RouteSpec[] = [
    ...strandRoutes(tools),
    ...runRoutes(tools),
    ...outputRoutes(tools),
    ...workflowRoutes(tools),
    ...versionRoutes(tools),
    ...pauseRoutes(tools),
    ...hookRoutes(tools),
    ...occurrenceRoutes(tools),
    ...changeRoutes(tools),
    ...acknowledgeRoutes(tools),
    ...commandRoutes(tools),
    ...sourceRoutes(tools),
    ...nodeRoutes(tools),
    ...pluginRoutes(tools),
    ...eventRoutes(tools),
    ...gatewayRoutes(tools),
    ...sessionRoutes(tools),
    ...tokenRoutes(tools),
    ...auditRoutes(tools),
    ...metricsRoutes(metrics),
    openApiRoute(() => routes, services.version),
  ];

  app.use(guarded(port, log, clock));
  app.use(createRouter(routes, { authenticator, audit, port, asOf: () => feed.position }).routes());
  app.use(pluginRouter(services.routes, { authenticator, audit, port }));
  app.use(staticFiles(page));
  app.use(refuseUnknown);
  app.on("error", (error: unknown) => log.debug("an answer could not be sent", { error }));
  server.on("request", app.callback());
  server.on("upgrade", (request, socket, head) => upgrade(feed, request, socket, head, port(), newId(clock)));

  return {
    routes,
    signInLink: () => newLink(OWNER).url,
    async listen() {
      await Promise.all([nodes.load(), feed.start()]);
      metrics.start();
      await bind(server, config);
      bound = (server.address() as AddressInfo).port;
      return { address: address(), port: port() };
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      using _patience = clock.timer(CLOSE_MS, () => server.closeAllConnections());
      // Browsers keep connections open, also ones that they never used: nobody waits for those.
      const answered = underWay.over().then(() => server.closeAllConnections());
      await Promise.all([answered, closed, feed.stop()]);
      metrics.stop();
    },
  };
}

/** The outermost layer: every request passes the guards, every answer carries the headers, every error is a problem. */
function guarded(port: () => number, log: Log, clock: Clock): Koa.Middleware {
  return async (ctx, next) => {
    ctx.set(safeHeaders(null));
    try {
      const host = checkHost(ctx.req, port());
      ctx.set(safeHeaders(host));
      checkOrigin(ctx.req, host);
      await next();
    } catch (error) {
      const problem = problemOf(error, newId(clock));
      if (!isLoomError(error) || problem.status >= 500) log.error("a request failed", { error, instance: problem.instance, method: ctx.method, path: ctx.path });
      ctx.status = problem.status;
      ctx.set(problemHeaders(problem));
      ctx.body = JSON.stringify(problem);
    }
  };
}

function bind(server: Server, { host, port }: HttpOptions["config"]): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "EADDRINUSE" ? new LoomError("PORT_IN_USE", `Port ${port} is taken by another program.`, { cause: error }) : error);
    });
    server.listen({ host, port }, resolve);
  });
}
