import { describe, expect, it } from "vitest";
import { QuestionBudget } from "../../../src/dns/budget.ts";

describe("a guest's questions", () => {
  const taken = (budget: QuestionBudget, source: string, count: number) =>
    Array.from({ length: count }, () => budget.take(source)).filter(Boolean).length;

  it("are answered up to a number, and then as steadily as time goes, each guest's own", () => {
    let now = 5;
    const budget = new QuestionBudget(() => now);
    expect(taken(budget, "a", 10_000)).toBe(2_000);
    expect(taken(budget, "b", 100)).toBe(100);
    now += 10;
    expect(taken(budget, "a", 100)).toBe(10);
    now += 3_600_000;
    expect(taken(budget, "a", 10_000)).toBe(2_000);
  });

  it("come back also when time goes in steps shorter than one of them takes", () => {
    let now = 0;
    const budget = new QuestionBudget(() => now);
    taken(budget, "a", 2_000);
    let count = 0;
    for (let step = 0; step < 1_000; step += 1) {
      now += 0.25;
      if (budget.take("a")) count += 1;
    }
    expect(count).toBe(250);
  });
});
