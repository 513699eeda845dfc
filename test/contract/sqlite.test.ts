import { sqliteHome } from "./sqliteHome.ts";
import { describeStoreContract } from "./store.contract.ts";

describeStoreContract("the SQLite store", () => sqliteHome());
