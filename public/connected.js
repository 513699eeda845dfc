import { connect } from "./state/connection.js";

/**
 * The line to the gateway, begun by itself: the page asks for it before it has the rest of its modules, so that the strands
 * are on their way meanwhile. Settles when the page is signed in, or is known not to be.
 */
export const connected = connect();
