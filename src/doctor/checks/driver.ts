import type { DoctorCheck } from "../../domain/doctor.ts";
import { fail, type More, pass, warn } from "../check.ts";
import type { DriverState } from "../probes/kernel-driver.ts";

export const OTHER_KERNEL = "boot a kernel that has it, such as Debian's linux-image-amd64";

/** What is wrong with a driver, or null. */
export function driverTrouble({ driver, ...state }: DriverState): ({ message: string } & More) | null {
  const { node, module } = driver;
  const mknod = state.minor === null ? null : `mknod -m 600 ${node} c 10 ${state.minor}`;
  const parent = node.slice(0, node.lastIndexOf("/"));
  if (state.minor === null && !state.loadable) {
    return { message: `the running kernel has no ${module}`, next: OTHER_KERNEL };
  }
  if (state.node === "missing") {
    return {
      message: `${node} is not there`,
      command: mknod === null ? `modprobe ${module}` : `mkdir -p ${parent} && ${mknod}`,
    };
  }
  if (state.node === "wrong") {
    const remove = `rm -f ${node}`;
    return {
      message: `${node} is not the kernel's ${module} device`,
      command: mknod === null ? `${remove} && modprobe ${module}` : `${remove} && ${mknod}`,
    };
  }
  if (state.refused === "EACCES" || state.refused === "EPERM") {
    return {
      message: `${node} may not be opened here (${state.refused})`,
      next: "run as root, and, in a container, one that is given the device",
    };
  }
  return state.refused === null ? null : { message: `${node} does not open (${state.refused})` };
}

function fine({ driver, minor }: DriverState): string {
  return minor === null
    ? `the module ${driver.module} is loaded when it is first used`
    : `${driver.node} is there and opens`;
}

/** NET-1: no VM has a network without TAPs. */
export function checkTun(state: DriverState): DoctorCheck {
  const trouble = driverTrouble(state);
  if (trouble === null) return pass("tun", fine(state));
  const { message, ...more } = trouble;
  return fail("tun", `${message}: no VM can have a network`, more);
}

/** DSK-1: loop devices carry dm-snapshots, and nothing else. */
export function checkLoop(state: DriverState, isNeeded: boolean): DoctorCheck {
  const trouble = driverTrouble(state);
  if (trouble === null) return pass("loop", fine(state));
  const { message, ...more } = trouble;
  return (isNeeded ? fail : warn)("loop", `${message}: the storage driver dm-snapshot does not work`, more);
}
