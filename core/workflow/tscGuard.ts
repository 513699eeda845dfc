import { passOverOthers } from "../modules/packages.ts";

// Loaded before TypeScript, in its process: what others have put into folders above is not for it either.
passOverOthers();
