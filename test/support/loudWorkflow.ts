/** A workflow's file, `loud`: its one step, `shout`, prints ten megabytes in a hundred thousand numbered lines, as fast as it can. */
export const loud = `import { defineWorkflow } from "loom-gateway";
export const workflow = defineWorkflow({ id: "loud", name: "The loud flow", steps: [{ id: "shout", label: "SHOUT", run: async (ctx) => { await ctx.run(process.execPath, ["-e", "for (let i = 0; i < 100000; i++) console.log(String(i).padStart(8, '0') + ' ' + 'x'.repeat(90))"]); } }] });
`;

/** The last of its lines begins so. */
export const LOUD_END = "00099999";
