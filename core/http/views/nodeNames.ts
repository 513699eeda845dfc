import type { HttpServices } from "../services.ts";

export interface NodeRef {
  readonly id: string;
  readonly name: string;
}

/** The names of nodes. Others' are read from the store when the API starts and when it lists the nodes. */
export class NodeNames {
  readonly #services: Pick<HttpServices, "store" | "node">;
  #names = new Map<string, NodeRef>();

  constructor(services: Pick<HttpServices, "store" | "node">) {
    this.#services = services;
  }

  async load(): Promise<void> {
    const nodes = await this.#services.store.nodes.list();
    this.#names = new Map(nodes.map(({ id, name }) => [id, { id, name }]));
  }

  of(id: string): NodeRef {
    if (id === this.#services.node.id) return this.#services.node;
    return this.#names.get(id) ?? { id, name: id };
  }
}
