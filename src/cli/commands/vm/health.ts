import { fromErrorBody } from "../../../shared/error-body.ts";
import { BangerError } from "../../../shared/errors.ts";
import { type Command, JSON_OPTION, SOME_VMS } from "../../command.ts";
import { print, printJson } from "../../output.ts";
import { renderError } from "../../render/error.ts";
import { healthTable } from "../../render/health.ts";
import { sanitize } from "../../render/sanitize.ts";

export const vmHealth: Command = {
  path: "vm health",
  summary: "Show whether VMs do their work",
  description: [
    "A VM is healthy when its VMM is alive, its agent answers, and its init is up and no service of it has failed. Status 0 if all are, else 1, with what is wrong on stderr.",
  ],
  options: [JSON_OPTION],
  positionals: SOME_VMS,
  examples: [["banger vm health web && banger vm exec web -- make deploy", ""]],
  async run(context, args) {
    const { results } = await context.withDaemon((client) =>
      client.call("vm.health", { refs: [...args.positionals] }),
    );
    const found = results.flatMap(({ health }) => (health === null ? [] : [health]));
    if (args.flags.has("json")) await printJson(context, results);
    else if (found.length > 0) await print(context, healthTable(found, context.style.stdout));
    for (const { health, error } of results) {
      const wrong = error === null ? problemOf(health) : fromErrorBody(error);
      if (wrong === null) continue;
      context.stderr.write(renderError(wrong, context.style.stderr, args.flags.has("debug")));
    }
    return results.every(({ health }) => health?.status === "healthy") ? 0 : 1;
  },
};

function problemOf(health: { name: string; problem: string | null; next: string | null } | null) {
  if (health?.problem == null) return null;
  return new BangerError("ERR_VM_UNHEALTHY", `${sanitize(health.name)}: ${health.problem}`, {
    ...(health.next === null ? {} : { next: health.next }),
  });
}
