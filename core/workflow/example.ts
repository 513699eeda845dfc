/** The first workflow of somebody who begins: small, and right as it stands. */
export const EXAMPLE = `// A first workflow. Change it, and ask \`loom check\` whether it is right.
import { defineWorkflow } from "loom-gateway";

export const workflow = defineWorkflow({
  id: "hello",
  name: "Say hello",
  // At eight on every day. Without a schedule it runs only when somebody asks.
  schedule: "0 8 * * *",
  // Off, until you take this line away.
  enabled: false,
  steps: [
    {
      id: "look",
      label: "LOOK",
      // If it throws, it is tried twice more.
      retries: 2,
      run: async (ctx) => {
        const { stdout } = await ctx.run("uptime");
        return stdout.trim();
      },
    },
    {
      id: "greet",
      label: "GREET",
      // It begins when LOOK is done, and has what LOOK returned.
      dependsOn: ["look"],
      run: async (ctx) => {
        ctx.log.info(\`Hello! \${ctx.results.look}\`);
      },
    },
  ],
});
`;
