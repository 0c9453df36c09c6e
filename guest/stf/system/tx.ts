/** Numbers of the running transaction. */

@unmanaged
export abstract class Tx {
  /** For warm and cold: 1 before the first transaction (0 in a record is "never"), one more at each begin, also of one that is invalid. */
  static number: u32 = 1;
  /** For events and logs: the transaction's index in the block. */
  static index: u32 = 0;
}
