package dev.weir.flink.twin;

import org.apache.flink.api.java.functions.KeySelector;

/** Extracts a record's key for the twin behind it. Template. */
final class KeyExtraction implements Link {
    private final KeySelector<Object, Object> selector;
    private final KeyedTwin next;

    KeyExtraction(KeySelector<Object, Object> selector, KeyedTwin next) {
        this.selector = selector;
        this.next = next;
    }

    @Override
    public void accept(Object value, long timestamp) throws Exception {
        next.accept(selector.getKey(value), value, timestamp);
    }
}
