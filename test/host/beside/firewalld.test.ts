import { expect, it } from "vitest";
import { holdsBeside } from "./support/beside.ts";
import { Firewalld } from "./support/firewalls.ts";

holdsBeside(
  "firewalld",
  (root) => new Firewalld(root),
  (here) => {
    it("its way in for guests leads to the resolver only, whatever we filter", async () => {
      const ways = await here().withoutTables();
      expect(ways).toContain("the resolver");
      expect(ways.filter((way) => /another (port|address) of|broadcast/.test(way))).toEqual([]);
    });
  },
);
