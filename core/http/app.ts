import Koa from "koa";
import type { Clock } from "../clock/clock.ts";
import { endWhenStill } from "../clock/endWhenStill.ts";
import { isLoomError } from "../errors/loomError.ts";
import { newId } from "../ids/uuid.ts";
import type { Log } from "../log/log.ts";
import { Sparing } from "../log/sparing.ts";
import { Audit } from "./audit.ts";
import { Feed } from "./feed/feed.ts";
import { Authenticator } from "./guards/auth.ts";
import { Guesses } from "./guards/guesses.ts";
import { safeHeaders } from "./guards/headers.ts";
import { checkHost, newPageName, type Names } from "./guards/host.ts";
import { Answers } from "./guards/answers.ts";
import { Bodies } from "./guards/body.ts";
import { defaultLimits, type Limits } from "./guards/limits.ts";
import { checkOrigin } from "./guards/origin.ts";
import { proxyOf } from "./guards/proxy.ts";
import { Listeners } from "./listeners.ts";
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
import { newSecret } from "./secrets.ts";
import { OWNER, Sessions, type Guest } from "./session.ts";
import { signInLink, type SignInLink } from "./signInLink.ts";
import { Tokens } from "./tokens.ts";
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
    /** Beyond loopback only behind a proxy. */
    readonly host: string;
    readonly proxy?: { readonly origin: string; readonly from: readonly string[] } | undefined;
    /** Sessions and the page's address end with this gateway. */
    readonly sharedMachine?: boolean;
  };
  readonly page: PageFiles;
  readonly limits?: Partial<Limits>;
  readonly log: Log;
  readonly clock: Clock;
}

export interface Http {
  /** Begins to listen. The address is that for programs of this machine. @throws LoomError PORT_IN_USE, CONFIG_INVALID */
  listen(): Promise<{ readonly address: string; readonly port: number }>;
  /** A link that signs one browser in, once, within ten minutes. Only while listening. */
  signInLink(): string;
  /** The table that the router and /openapi.json are made of. */
  readonly routes: readonly RouteSpec[];
  /** Lets requests under way finish and closes the feeds. Closing twice is allowed. `keepsPort`: until this process ends it is nobody else's. */
  close(options?: { readonly keepsPort: boolean }): Promise<void>;
}

/** The gateway's door: the API, the live feed and the page, behind the guards. Nothing happens before `listen`. */
export function createHttp({ services, config, page, log, clock, ...options }: HttpOptions): Http {
  const limits = { ...defaultLimits, ...options.limits };
  const app = new Koa();
  const proxy = config.proxy ? proxyOf(config.proxy) : null;
  const listeners = new Listeners({
    ...config,
    proxy,
    limits,
    onRequest: (request, response) => void handle(request, response),
    onUpgrade: (request, socket, head) => upgrade(feed, request, socket, head, names, newId(clock)),
  });
  const port = (): number => listeners.port;
  const pageName = config.sharedMachine ? newPageName() : null;
  const names: Names = { proxy, pageName, get port() { return port(); } };

  const nodes = new NodeNames(services);
  const files = new WorkflowFiles(services);
  const strands = new StrandViews({ index: services.index, nodes, files, clock, hostZone: services.hostZone, lastGoodReadAt: (sourceId) => services.sources.lastGoodReadAt(sourceId) });
  const guesses = new Guesses(clock);
  // Whoever takes the port between two starts is shown an open page's session: it is worth nothing afterwards.
  const untilStop = config.sharedMachine ? newSecret() : "";
  const sessions = new Sessions(services.store.sessions, clock, () => services.adminToken(), untilStop);
  const tokens = new Tokens(services.store.tokens, sessions, clock);
  const authenticator = new Authenticator(services, sessions, tokens, guesses);
  const audit = new Audit(services.store.audit, clock, log);
  const mono = (): number => clock.mono();
  const bodies = { known: new Bodies(limits.knownBodiesBytes, mono), unknown: new Bodies(limits.unknownBodiesBytes, mono) };
  const answers = new Answers(limits.answersBytes, clock);
  const metrics = new Metrics(services, clock);
  const feed = new Feed({ services, views: { index: services.index, strands, nodes }, authenticator, sessions, tokens, clock, log });
  const pageOrigin = (): string => (pageName === null ? listeners.address : `http://${pageName}:${port()}`);
  const newLink = (guest: Guest): SignInLink => signInLink(pageOrigin(), proxy?.origin ?? null, sessions.newCode(guest));

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

  app.use(untilTaken(limits.requestMs));
  app.use(guarded(names, log, clock));
  const doors = { authenticator, audit, bodies, answers, port };
  app.use(createRouter(routes, { ...doors, asOf: () => feed.position }).routes());
  app.use(pluginRouter(services.routes, { ...doors, clock }));
  app.use(staticFiles(page));
  app.use(refuseUnknown);
  app.on("error", (error: unknown) => log.debug("an answer could not be sent", { error }));
  const handle = app.callback();

  return {
    routes,
    signInLink: () => newLink(OWNER).url,
    async listen() {
      await Promise.all([nodes.load(), feed.start()]);
      metrics.start();
      await listeners.listen();
      return { address: listeners.address, port: port() };
    },
    async close({ keepsPort } = { keepsPort: false }) {
      const closed = keepsPort ? listeners.refuse() : listeners.close();
      using _patience = clock.timer(CLOSE_MS, () => {
        listeners.drop();
        listeners.dropUpgraded();
      });
      // Browsers keep connections open, also ones that they never used: nobody waits for those.
      const answered = listeners.answered().then(() => listeners.drop());
      const told = feed.stop().then(() => listeners.dropUpgraded());
      await Promise.all([answered, closed, told]);
      metrics.stop();
    },
  };
}

/** The outermost layer: every request passes the guards, every answer carries the headers, every error is a problem. */
function guarded(names: Names, log: Log, clock: Clock): Koa.Middleware {
  // Whoever asks on and on while the store is in trouble, also without a right credential, is not to fill the log; nor who has found a fault.
  const [troubles, faults] = [new Sparing(() => clock.mono()), new Sparing(() => clock.mono(), { most: 100 })];
  return async (ctx, next) => {
    ctx.set(safeHeaders(null));
    try {
      const way = checkHost(ctx.req, names);
      ctx.state["way"] = way;
      ctx.set(safeHeaders(way.origin));
      checkOrigin(ctx.req, way.origin);
      await next();
    } catch (error) {
      const problem = problemOf(error, newId(clock));
      if (problem.status >= 500 && (isLoomError(error) ? troubles : faults).next() !== "left out") log.error("a request failed", { error, instance: problem.instance, method: ctx.method, path: ctx.path });
      ctx.status = problem.status;
      ctx.set(problemHeaders(problem));
      ctx.body = JSON.stringify(problem);
    }
  };
}

/** Ends a connection on which no more of an answer is taken for so long. Node times what it is sent, and not what it sends. */
function untilTaken(ms: number): Koa.Middleware {
  return async (ctx, next) => {
    await next();
    endWhenStill(ctx.req.socket, ms);
  };
}
