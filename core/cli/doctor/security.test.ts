import { chmod, mkdir, symlink, writeFile, rm } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { configSchema } from "../../config/schema.ts";
import type { AuditView, TokenView } from "../../http/accessSchemas.ts";
import type { PluginView } from "../../http/schemas.ts";
import { makeFolder } from "../../../test/support/folder.ts";
import { examineHome } from "./home.ts";
import { examineAudit, examineCode, examineDoor, examineFolders, examineNode, examinePlugins, examineReach, examineTokens, examineUser } from "./security.ts";

const now = Date.UTC(2026, 10, 21, 12);
const iso = (ms: number): string => new Date(ms).toISOString();
const settings = (tree: object) => configSchema.parse(tree);
const levels = (found: readonly { readonly level: string; readonly title: string }[]): string[] => found.map(({ level, title }) => `${level}: ${title}`);

describe("loom doctor --security", () => {
  it("warns of root", () => {
    expect([examineUser(0).level, examineUser(1000).level, examineUser(undefined).level]).toEqual(["warning", "ok", "ok"]);
  });

  it("warns of a Node with faults that others can make use of", () => {
    const level = (version: string): string => examineNode(version).level;
    expect(["24.22.1", "24.30.0", "26.12.1", "27.0.0", "28.0.0-nightly"].map(level)).toEqual(["ok", "ok", "ok", "ok", "ok"]);
    expect(["24.0.0", "24.22.0", "25.9.0", "26.12.0"].map(level)).toEqual(["warning", "warning", "warning", "warning"]);
  });

  it("finds code of Loom's that others may change", async () => {
    await using folder = await makeFolder();
    await mkdir(folder.at("loom"), { mode: 0o755 });
    expect((await examineCode(folder.at("loom"))).level).toBe("ok");
    await chmod(folder.at("loom"), 0o777);
    expect(await examineCode(folder.at("loom"))).toMatchObject({ level: "error", title: expect.stringContaining("may be written by other users") });
  });

  it("finds a folder of others above Loom's own code, in which Node looks for packages that are missing", async () => {
    await using folder = await makeFolder({ "a/loom/x.js": "", "node_modules/y/index.js": "" });
    expect((await examineCode(folder.at("a/loom"))).level).toBe("ok");
    await chmod(folder.at("node_modules"), 0o777);
    expect(await examineCode(folder.at("a/loom"))).toMatchObject({ level: "error", title: expect.stringContaining(folder.at("node_modules")) });
  });

  it("finds links to where others may put code", async () => {
    await using folder = await makeFolder({ "home/plugins/x.ts": "", "open/y.ts": "", "mine/z.ts": "" });
    await Promise.all([symlink(folder.at("open"), folder.at("home/workflows")), symlink(folder.at("mine"), folder.at("home/operations"))]);
    expect(await examineFolders(folder.at("home"))).toEqual([]);
    await chmod(folder.at("open"), 0o777);
    expect(await examineFolders(folder.at("home"))).toMatchObject([{ level: "error", title: expect.stringContaining(folder.at("home/workflows")) }]);
  });

  it("finds a token file that holds something else", async () => {
    await using home = await makeFolder({ token: `${"t".repeat(43)}\n` });
    const found = async (): Promise<string[]> => (await examineHome(home.path, {})).filter(({ level }) => level === "error").map(({ title }) => title);
    await chmod(home.at("token"), 0o600);
    await chmod(home.path, 0o700);
    expect(await found()).toEqual([]);
    await writeFile(home.at("token"), "");
    expect(await found()).toEqual([`${home.at("token")} does not hold a token of Loom's`]);
    await rm(home.at("token"));
    await mkdir(home.at("token"), { mode: 0o600 });
    expect(await found()).toEqual([expect.stringContaining(`${home.at("token")} cannot be read`)]);
  });

  it("says who can reach Loom, and warns of a proxy that could be anybody", () => {
    const proxy = { endsTls: true, origin: "https://loom.example.com", from: ["10.0.0.2"] };
    expect(levels(examineDoor(settings({})))).toEqual(["ok: Only this machine reaches Loom (127.0.0.1)"]);
    expect(levels(examineDoor(settings({ proxy })))).toEqual(["info: Others reach Loom as https://loom.example.com, through a proxy at 10.0.0.2"]);
    const wide = examineDoor(settings({ host: "0.0.0.0", proxy: { ...proxy, from: ["10.0.0.0/8", "10.0.0.0/29", "fd00::/8"] } }));
    expect(wide.map(({ level }) => level)).toEqual(["info", "warning", "warning"]);
    expect(wide[0]!.help[0]).toContain("plain HTTP");
  });

  it("warns of workflows that may go anywhere or get every variable", () => {
    expect(levels(examineReach(settings({})))).toEqual(["ok: Requests of workflows go to public addresses alone"]);
    const found = examineReach(settings({ egress: { allow: ["0.0.0.0/0", "localhost:8080"] }, isolation: { programEnv: ["A*", "AWS_*"] } }));
    expect(found.map(({ level }) => level)).toEqual(["warning", "info", "warning"]);
  });

  it("warns of tokens that may do everything for ever, and of no others", () => {
    const token: TokenView = { id: "t", name: "deploy", role: "admin", scope: null, madeBy: "ann", createdAt: iso(0), expiresAt: null, revokedAt: null, revokedBy: null };
    expect(levels(examineTokens([], now))).toEqual(["ok: There are no tokens besides that of the home"]);
    const modest: TokenView[] = [{ ...token, role: "viewer" }, { ...token, scope: ["/metrics"] }, { ...token, expiresAt: iso(now + 1) }];
    expect(examineTokens([...modest, { ...token, revokedAt: iso(now) }, { ...token, expiresAt: iso(now - 1) }], now)).toMatchObject([{ level: "ok", title: expect.stringContaining("3 tokens") }]);
    expect(levels(examineTokens([...modest, token], now))).toEqual(["warning: The token deploy may do everything, for ever"]);
  });

  it("tells of those who tried what they may not, within a week", () => {
    const entry: AuditView = { id: "a", at: iso(now - 1000), who: "page", tokenId: null, role: "viewer", via: "session", peer: "127.0.0.1", action: "POST /x", target: null, detail: null, result: "FORBIDDEN" };
    expect(examineAudit([{ ...entry, result: "done" }, { ...entry, at: iso(now - 8 * 86_400_000) }], now)[0]!.level).toBe("ok");
    const many = Array.from({ length: 1_000 }, () => ({ ...entry, result: "done" }));
    expect(levels(examineAudit(many, now))).toEqual(["info: Nobody has tried what they may not among the newest 1000 changes"]);
    expect(examineAudit([...many.slice(1), { ...entry, at: iso(now - 8 * 86_400_000) }], now)[0]!.level).toBe("ok");
    expect(levels(examineAudit([entry, entry], now))).toEqual(["warning: 2 changes were refused in the last seven days for lack of the right: page from 127.0.0.1"]);
  });

  it("names plugins that did not come with Loom", () => {
    const plugin = (id: string, root: PluginView["root"], overrides: string | null = null) => ({ id, root, overrides, state: "active" }) as PluginView;
    expect(examinePlugins([plugin("ssh-deploy", "shipped")])[0]!.level).toBe("ok");
    expect(examinePlugins([plugin("mine", "home", "shipped"), plugin("theirs", "package")])).toMatchObject([{ level: "info", help: [expect.stringContaining("shipped")] }, { level: "info", title: expect.stringContaining("npm package") }]);
  });
});
