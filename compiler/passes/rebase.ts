/**
 * A loop counter and its successor should not both be alive: when the head of a loop computes `v = p + k` for the next round, what else uses
 * `p` as an address or in a sum uses `v` with its offset lowered by `k`. Then `p` ends where `v` begins, and both share a register.
 */
import { predecessors, renumber } from "../ir/cfg.ts";
import type { Block, Func, Value } from "../ir/function.ts";
import { info } from "../ir/ops.ts";

const fits12 = (k: number): boolean => k >= -2048 && k <= 2047;

export function rebaseInduction(func: Func): boolean {
  renumber(func);
  const preds = predecessors(func);
  const uses = new Map<Value, { user: Value | undefined; operand: number }[]>();
  const see = (args: Value[], user: Value | undefined): void => {
    args.forEach((a, operand) => {
      if (a.op !== "param") return;
      const list = uses.get(a);
      if (list === undefined) uses.set(a, [{ user, operand }]);
      else list.push({ user, operand });
    });
  };
  for (const block of func.blocks) {
    for (const v of block.values) see(v.args, v);
    see(block.terminator.args, undefined);
    for (const edge of block.terminator.edges) see(edge.args, undefined);
  }
  let changed = false;
  for (const block of func.blocks) {
    const backs = preds[block.id]!.filter(({ from }) => from.id >= block.id);
    if (backs.length === 0) continue;
    block.params.forEach((p, k) => {
      const next = backs[0]!.edge.args[k]!;
      if (!backs.every(({ edge }) => edge.args[k] === next)) return;
      if (next.block === block && isSum(next, p)) changed = rebase(func, block, p, next, uses.get(p) ?? []) || changed;
    });
  }
  return changed;
}

const isSum = (v: Value, p: Value): boolean => v.op === "i32.add" && v.args[0] === p && v.args[1]!.op === "i32.const";

function rebase(
  func: Func,
  block: Block,
  p: Value,
  next: Value,
  uses: { user: Value | undefined; operand: number }[],
): boolean {
  const k = next.args[1]!.imm;
  const others = uses.filter(({ user }) => user !== next);
  if (others.length === 0) return false;
  const possible = others.every(({ user, operand }) => {
    if (user === undefined) return false;
    if (operand === 0 && info(user.op).bytes > 0) return fits12(user.imm - k) && user.args[1] !== p;
    return isSum(user, p) && fits12(user.args[1]!.imm - k);
  });
  if (!possible || !fits12(k)) return false;
  // the step comes first, with a constant of its own
  const step = next.args[1]!;
  block.values = [step, next, ...block.values.filter((v) => v !== next && v !== step)];
  if (step.block !== block) block.values.shift();
  for (const { user } of others) {
    user!.args[0] = next;
    if (info(user!.op).bytes > 0) user!.imm -= k;
    else {
      // the sum's constant may be shared: it gets its own
      const at = user!.block.values.indexOf(user!);
      const own = func.value(user!.block, "i32.const", "i32", [], (user!.args[1]!.imm - k) | 0, user!.origin);
      user!.block.values.splice(at, 0, own);
      user!.args[1] = own;
    }
  }
  return true;
}
