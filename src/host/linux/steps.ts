import { readdirSync, statfsSync, statSync } from "node:fs";
import { readdir, stat, statfs } from "node:fs/promises";
import { toHostError } from "../native-error.ts";
import type { Addon, AtOnce } from "./addon.ts";

/** What node:fs is asked of files that are the kernel's, later or at once. */
const FILES_LATER = {
  inode: async (path: string) => (await stat(path, { bigint: true })).ino,
  filesystem: async (path: string) => (await statfs(path)).type,
  names: (directory: string) => readdir(directory),
};
const FILES_AT_ONCE = {
  inode: (path: string) => statSync(path, { bigint: true }).ino,
  filesystem: (path: string) => statfsSync(path).type,
  names: (directory: string) => readdirSync(directory),
};

type Ask<T> = (
  addon: Pick<Addon, keyof AtOnce> | AtOnce,
  files: typeof FILES_LATER | typeof FILES_AT_ONCE,
) => T | Promise<T>;
interface Question {
  readonly object: string;
  readonly asks: readonly Ask<unknown>[];
}

/** A call as a sequence of questions to the kernel, written once for both twins: {@link later} and {@link atOnce} ask them. */
export type Steps<T> = Generator<Question, T, unknown>;

/** One question; its failure is thrown into the sequence, as a HostError about `object`. */
export function* ask<T>(object: string, question: Ask<T>): Steps<T> {
  const [answer] = (yield { object, asks: [question] }) as [T];
  return answer;
}

/** Two questions that need not wait for each other. */
export function* askBoth<A, B>(object: string, first: Ask<A>, second: Ask<B>): Steps<[A, B]> {
  return (yield { object, asks: [first, second] }) as [A, B];
}

/** Asks on a thread of the addon. Rejects with what the sequence throws. */
export async function later<T>(addon: Addon, steps: Steps<T>): Promise<T> {
  for (let step = steps.next(); ; ) {
    if (step.done === true) return step.value;
    const { object, asks } = step.value;
    let answers: unknown[];
    try {
      answers = await Promise.all(asks.map(async (question) => question(addon, FILES_LATER)));
    } catch (error) {
      step = steps.throw(toHostError(error, object));
      continue;
    }
    step = steps.next(answers);
  }
}

/** Asks on this thread. Throws what the sequence throws. */
export function atOnce<T>(addon: Addon, steps: Steps<T>): T {
  for (let step = steps.next(); ; ) {
    if (step.done === true) return step.value;
    const { object, asks } = step.value;
    let answers: unknown[];
    try {
      answers = asks.map((question) => question(addon.sync, FILES_AT_ONCE));
    } catch (error) {
      step = steps.throw(toHostError(error, object));
      continue;
    }
    step = steps.next(answers);
  }
}
