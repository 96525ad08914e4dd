package dev.weir.flink.window;

import dev.weir.flink.twin.Link;

/** The contents themselves, where there is no function beyond the aggregation. Template. */
final class PlainResults implements Results {
    private final Link next;

    PlainResults(Link next) {
        this.next = next;
    }

    @Override
    public void emit(OpenWindow window, int slot, Object contents) throws Exception {
        next.accept(contents, Link.carried(window.window.maxTimestamp()));
    }

    @Override
    public boolean clears() {
        return false;
    }

    @Override
    public void clear(OpenWindow window, Object key) {}
}
