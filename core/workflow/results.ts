/** A step as the steps after it see it. The types of `each` and `when` are `unknown` where it has none. */
export interface AnyStep {
  readonly id: string;
  readonly answer: unknown;
  readonly item: unknown;
  readonly when: unknown;
}

export interface Seen<Id extends string, Answer, Item, When> extends AnyStep {
  readonly id: Id;
  readonly answer: Answer;
  readonly item: Item;
  readonly when: When;
}

/** `ctx.results`: what the steps that are named give, by their ids. Anything where the steps are not known. */
export type ResultsOf<Earlier extends AnyStep, Needs extends string> = 0 extends 1 & Earlier ? any : { readonly [Step in Earlier as Step["id"] & Needs]: ResultOf<Step> };

type ResultOf<Step extends AnyStep> = (unknown extends Step["item"] ? DataOf<Awaited<Step["answer"]>> : readonly DataOf<Awaited<Step["answer"]>>[]) | (unknown extends Step["when"] ? never : undefined);

/** A step that answers `ok: false` has failed, and nobody sees its data. */
type DataOf<Answer> = Answer extends { readonly ok: false } ? never : Answer extends { readonly ok: boolean } ? (Answer extends { readonly data?: infer Data } ? Data : undefined) : Answer;
