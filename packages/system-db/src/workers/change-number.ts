/** The number of a change and its nonce: two with one number are of different pasts of the database. */
export interface ChangeNumber {
  readonly number: number;
  readonly nonce: string;
}

export function isSame(left: ChangeNumber | undefined, right: ChangeNumber): boolean {
  return left !== undefined && left.number === right.number && left.nonce === right.nonce;
}
