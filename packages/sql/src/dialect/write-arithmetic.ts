import type { Arithmetic, Slot } from '../plan/nodes.js';
import type { ColumnSchema } from '../schema/table-schema.js';

/** How one database writes the operands of arithmetic. */
export interface ArithmeticSyntax {
  add(text: string): void;
  column(column: ColumnSchema): void;
  /** A bound number, as a number of exact decimals. */
  number(slot: Slot): void;
}

/** Writes arithmetic fully in parentheses, so that no database's precedence matters. Its depth was bounded by the parser. */
export function writeArithmetic(expression: Arithmetic, syntax: ArithmeticSyntax): void {
  switch (expression.kind) {
    case 'column':
      syntax.column(expression.column);
      return;
    case 'number':
      syntax.number(expression.slot);
      return;
    case 'negated':
      syntax.add('(- ');
      writeArithmetic(expression.term, syntax);
      syntax.add(')');
      return;
    case 'operation':
      syntax.add('(');
      writeArithmetic(expression.left, syntax);
      syntax.add(` ${expression.operator} `);
      writeArithmetic(expression.right, syntax);
      syntax.add(')');
  }
}
