/** Exit codes of the commands. */
export const exitCodes = {
  done: 0,
  failure: 1,
  usage: 2,
  budgetExhausted: 3,
  interrupted: 130,
} as const;
