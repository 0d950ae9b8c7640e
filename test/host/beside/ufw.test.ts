import { expect, it } from "vitest";
import { holdsBeside } from "./support/beside.ts";
import { Ufw } from "./support/firewalls.ts";

holdsBeside(
  "ufw",
  (root) => new Ufw(root),
  (here) => {
    it("its way in for guests leads to the gateway's address only, whatever we filter", async () => {
      const ways = await here().withoutTables();
      expect(ways).toContain("the resolver");
      expect(ways.filter((way) => /another address of|broadcast/.test(way))).toEqual([]);
    });
  },
);
