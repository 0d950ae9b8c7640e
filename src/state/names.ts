const ADJECTIVES =
  "agile amber ample arctic bold brave breezy bright brisk calm candid clever cosmic crisp curious dapper daring eager early earnest fabled fair fleet fluent fond frosty gentle glad golden grand happy hardy honest humble jolly keen kind lively loyal lucid lucky mellow merry mighty neat nimble noble patient placid plucky polite proud quick quiet rapid sharp sunny swift tidy witty".split(
    " ",
  );

const NOUNS =
  "acorn alder anchor badger beacon beaver birch bison canyon cedar comet coral cougar crane cricket dolphin eagle ember falcon fern finch fjord gecko glacier harbor hawk hazel heron ibis island jaguar juniper kestrel lagoon lark lemur lynx maple marlin meadow meteor otter owl panda pebble pine plover puffin quail raven reef robin saturn sparrow spruce summit tiger walnut willow zebra".split(
    " ",
  );

const TRIES = 40;

/**
 * Made-up names, adjective-noun, in the order to try: random pairs, then one pair with rising numbers, so that a free one is found
 * however many VMs there are. `random` is from 0 to below 1.
 */
export function* madeUpNames(random: () => number): Generator<string> {
  const pick = (words: readonly string[]) => words[Math.floor(random() * words.length)] ?? "vm";
  const pair = () => `${pick(ADJECTIVES)}-${pick(NOUNS)}`;
  for (let tries = 0; tries < TRIES; tries += 1) yield pair();
  const base = pair();
  for (let number = 2; ; number += 1) yield `${base}-${number}`;
}
