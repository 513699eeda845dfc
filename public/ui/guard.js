import { Component } from "../vendor/preact.js";

/**
 * Holds the line between one bad part and the rest of the page: what throws while it is drawn is replaced by `instead`
 * and drawn again when it gets other data. A child that is a function is called for what to draw: markup that is handed over
 * would keep all that it was drawn as at first.
 */
export class Guard extends Component {
  state = { failed: null };

  static getDerivedStateFromError(error) {
    return { failed: error };
  }

  componentDidCatch(error) {
    console.error(error);
  }

  componentDidUpdate(before) {
    if (this.state.failed && before.about !== this.props.about) this.setState({ failed: null });
  }

  render({ children, instead = null }, { failed }) {
    if (failed) return instead;
    return typeof children === "function" ? children() : children;
  }
}
