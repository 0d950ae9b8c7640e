import type { VmCreateParams } from "../rpc/contract.ts";
import { checkName } from "../shared/dns-label.ts";
import type { OptionSpec, ParsedArgs } from "./command.ts";
import { NETWORK_OPTIONS, networkOf } from "./network-options.ts";
import { PUBLISH_OPTION, publishOf } from "./publish.ts";
import { durationOf, SIZE_OPTIONS, sizesOf } from "./sizes.ts";
import { usageError } from "./usage-error.ts";

export const WAIT_OPTION: OptionSpec = {
  name: "wait",
  kind: "value",
  placeholder: "WHAT",
  describe: "until the guest's agent answers, or its init system is up: agent or system",
  default: "agent",
  completes: ["agent", "system"],
};

/** Options of `vm create`, which `vm run` has too. */
export const CREATE_OPTIONS: readonly OptionSpec[] = [
  {
    name: "name",
    kind: "value",
    placeholder: "NAME",
    describe: "the VM's name, a DNS label; made up if not given",
    completes: "none",
  },
  {
    name: "image",
    kind: "value",
    placeholder: "IMAGE",
    describe: "what it boots; pulled if it is not here",
    resolved: "image",
    completes: "image",
  },
  ...SIZE_OPTIONS,
  WAIT_OPTION,
  {
    name: "boot-timeout",
    kind: "value",
    placeholder: "TIME",
    describe: "how long to wait for the guest; past it the VM is kept for a look",
    resolved: "bootTimeout",
    completes: "none",
  },
  ...NETWORK_OPTIONS,
  PUBLISH_OPTION,
];

/** Parameters of `vm.create`: only what the user passed. */
export function createParamsOf(args: ParsedArgs): VmCreateParams {
  const name = args.values.get("name");
  const image = args.values.get("image");
  const wait = waitOf(args);
  const bootTimeout = args.values.get("boot-timeout");
  const publish = publishOf(args);
  if (name !== undefined) checkName(name);
  return {
    ...(name === undefined ? {} : { name }),
    ...(image === undefined ? {} : { image: notEmpty("image", image) }),
    ...sizesOf(args),
    ...networkOf(args),
    ...(wait === undefined ? {} : { waitFor: wait }),
    ...(bootTimeout === undefined ? {} : { bootTimeoutMs: durationOf("boot-timeout", bootTimeout) }),
    ...(publish === undefined ? {} : { publish }),
  };
}

export function waitOf(args: ParsedArgs): "agent" | "system" | undefined {
  const wait = args.values.get("wait");
  if (wait === undefined || wait === "agent" || wait === "system") return wait;
  throw usageError(`--wait "${wait}" is neither agent nor system`, "write --wait system, or leave it out");
}

function notEmpty(option: string, value: string): string {
  if (value !== "") return value;
  throw usageError(`--${option} is empty`, `name one, or leave --${option} out`);
}
