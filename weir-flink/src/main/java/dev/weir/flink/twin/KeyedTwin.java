package dev.weir.flink.twin;

/** A twin that selects a record's key itself, where it has to. */
public interface KeyedTwin extends Twin {

    /** Takes a record with its key; the operator's current key is another. */
    void accept(Object key, Object value, long timestamp) throws Exception;

    @Override
    default void accept(Object value, long timestamp) {
        throw new IllegalStateException("a record without its key");
    }
}
