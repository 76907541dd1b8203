import type { EventContract, EventMessage, StandardSchema } from "@counterpoint/bus";
import { event, type } from "@counterpoint/bus";
import type { Projection } from "@counterpoint/read-model";
import { projection } from "@counterpoint/read-model";
import type { Decider } from "@counterpoint/write-model";
import { decider } from "@counterpoint/write-model";

// The suites' own little domain: bank accounts, so that a lost, doubled or reordered event shows in a sum or a history.

interface OpenedPayload {
  readonly account: string;
  readonly owner: string;
}

interface AmountPayload {
  readonly account: string;
  readonly amount: number;
}

interface ClosedPayload {
  readonly account: string;
}

type Contract<TType extends string, TPayload> = EventContract<TType, StandardSchema<TPayload>>;

export const AccountOpened: Contract<"AccountOpened", OpenedPayload> = event("AccountOpened", {
  payload: type<OpenedPayload>(),
});
export const Deposited: Contract<"Deposited", AmountPayload> = event("Deposited", {
  payload: type<AmountPayload>(),
});
export const Withdrawn: Contract<"Withdrawn", AmountPayload> = event("Withdrawn", {
  payload: type<AmountPayload>(),
});
export const AccountClosed: Contract<"AccountClosed", ClosedPayload> = event("AccountClosed", {
  payload: type<ClosedPayload>(),
});

const EVENTS = [AccountOpened, Deposited, Withdrawn, AccountClosed] as const;

/** A fact of the sample domain. */
export type AccountEvent =
  | EventMessage<"AccountOpened", OpenedPayload>
  | EventMessage<"Deposited", AmountPayload>
  | EventMessage<"Withdrawn", AmountPayload>
  | EventMessage<"AccountClosed", ClosedPayload>;

/** An account as the write side sees it; `null`: there is none. */
export type Account = { readonly owner: string; readonly balance: number } | null;

export const account: Decider<Account, AccountEvent> = decider({
  events: EVENTS,
  initial: null as Account,
  evolve: {
    AccountOpened: (_none, { payload }) => ({ owner: payload.owner, balance: 0 }),
    Deposited: (state, { payload }) =>
      state && { ...state, balance: state.balance + payload.amount },
    Withdrawn: (state, { payload }) =>
      state && { ...state, balance: state.balance - payload.amount },
    AccountClosed: () => null,
  },
});

/** A row of the read model; `history` shows order and repetition, which a sum would hide. */
export type AccountRow = {
  readonly account: string;
  readonly owner: string | null;
  readonly balance: number;
  readonly history: string;
};

export const accounts: Projection<AccountRow> = projection("accounts", {
  version: 1,
  events: EVENTS,
  columns: { account: "text", owner: "text?", balance: "integer", history: "text" },
  key: ({ payload }) => payload.account,
  on: {
    AccountOpened: (row, { payload: { account, owner }, version }) => ({
      account,
      owner,
      balance: row?.balance ?? 0,
      history: `${row?.history ?? ""}o${version} `,
    }),
    Deposited: (row, { payload: { account, amount }, version }) => ({
      account,
      owner: row?.owner ?? null,
      balance: (row?.balance ?? 0) + amount,
      history: `${row?.history ?? ""}d${version} `,
    }),
    Withdrawn: (row, { payload: { amount }, version }) =>
      row && { ...row, balance: row.balance - amount, history: `${row.history}w${version} ` },
    AccountClosed: () => null,
  },
});

/** Fails on deposits of exactly this amount. */
export const POISON = 666;

/** Like `accounts`, but no handler survives a poisoned deposit. */
export const fragileAccounts: Projection<AccountRow> = {
  ...accounts,
  name: "fragile_accounts",
  apply(row, event) {
    if (event.type === Deposited.type && (event.payload as AmountPayload).amount === POISON) {
      throw new Error("poisoned deposit");
    }
    return accounts.apply(row, event);
  },
};

/** Some events, told apart by their amounts. */
export function deposits(name: string, ...amounts: readonly number[]): EventMessage[] {
  return amounts.map((amount) => Deposited({ account: name, amount }));
}
