import { describe, expect, it } from "vitest";
import {
  bytes,
  liveProgress,
  type Progress,
  plainProgress,
  progressFor,
} from "../../../../src/cli/render/progress.ts";
import { styleFor } from "../../../../src/cli/render/style.ts";
import type { OperationEvent } from "../../../../src/domain/operation.ts";

/** A clock that tests turn, and an output that they read. */
function bench(make: typeof plainProgress, isTTY = false) {
  let time = 0;
  let text = "";
  const ticks: { ms: number; tick: () => void; on: boolean }[] = [];
  const progress: Progress = make({
    output: { write: (chunk: string) => (text += chunk), isTTY, columns: 40 },
    style: styleFor(isTTY),
    now: () => time,
    every: (ms, tick) => {
      const timer = { ms, tick, on: true };
      ticks.push(timer);
      return () => {
        timer.on = false;
      };
    },
  });
  return {
    progress,
    see(...events: OperationEvent[]) {
      for (const event of events) progress.event(event);
    },
    pass(ms: number) {
      for (let passed = 0; passed < ms; passed += 10) {
        time += 10;
        for (const { ms: each, tick, on } of ticks) if (on && time % each === 0) tick();
      }
    },
    take: () => {
      const taken = text;
      text = "";
      return taken;
    },
  };
}

const start = (name: string): OperationEvent => ({ type: "stage", name, state: "start" });
const done = (name: string, elapsedMs: number): OperationEvent => ({
  type: "stage",
  name,
  state: "done",
  elapsedMs,
});

describe("plain lines", () => {
  it("say notes, warnings and how long each stage took", () => {
    const { see, take } = bench(plainProgress);
    see({ type: "note", text: "spec: 1 vcpu" }, start("disks"), done("disks", 12.4));
    see({ type: "warning", text: "slow\u001b[2J" }, start("guest"));
    see({ type: "stage", name: "guest", state: "failed", elapsedMs: 90_000 });
    expect(take()).toBe("spec: 1 vcpu\ndisks (12ms)\nwarning: slow\\u001b[2J\nguest failed (1m30s)\n");
  });

  it("a long stage is heard of every ten seconds, with its bytes", () => {
    const { see, pass, take, progress } = bench(plainProgress);
    see(start("image"));
    pass(9_000);
    expect(take()).toBe("");
    see({
      type: "stage",
      name: "image",
      state: "progress",
      doneBytes: 5 * 2 ** 20,
      totalBytes: 2 ** 30,
      detail: "packages",
    });
    pass(2_000);
    expect(take()).toBe("image: packages, 5.0 MiB of 1.0 GiB … 10.0s\n");
    pass(10_000);
    expect(take()).toBe("image: packages, 5.0 MiB of 1.0 GiB … 20.0s\n");
    progress.end();
    pass(30_000);
    expect(take()).toBe("");
  });
});

describe("live", () => {
  it("draws what runs in one line, and keeps what has ended above it", () => {
    const { see, pass, take, progress } = bench(liveProgress, true);
    see({ type: "note", text: "spec: 1 vcpu" }, start("network"), start("disks"));
    expect(take()).toBe("spec: 1 vcpu\n");
    pass(160);
    expect(take()).toBe("⠙ network 0ms · disks 0ms\r\u001b[2K⠹ network 100ms · disks 100ms");
    see(done("disks", 161));
    expect(take()).toBe("\r\u001b[2K\u001b[32m✓\u001b[39m disks (161ms)\n⠹ network 100ms");
    progress.end();
    expect(take()).toBe("\r\u001b[2K");
    pass(500);
    expect(take()).toBe("");
  });

  it("never wraps: a narrow terminal cuts the line", () => {
    const { see, pass, take } = bench(liveProgress, true);
    see(start("a stage with a very long name that goes on and on"));
    pass(80);
    expect([...take()].length).toBeLessThan(40);
  });

  it("is for terminals with colours only", () => {
    const { see, take } = bench((options) => progressFor(options));
    see(start("x"), done("x", 5));
    expect(take()).toBe("x (5ms)\n");
  });
});

it.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1536, "1.5 KiB"],
  [5 * 2 ** 20, "5.0 MiB"],
  [3.25 * 2 ** 30, "3.3 GiB"],
])("%i bytes are %s", (count, text) => expect(bytes(count)).toBe(text));
