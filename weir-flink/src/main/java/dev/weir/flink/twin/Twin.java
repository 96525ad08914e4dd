package dev.weir.flink.twin;

/**
 * A link that stands for an operator. Its snapshots are those that the operator would take, and it goes on from those that
 * the operator took.
 */
public interface Twin extends Link {

    /** Called once the operator is open, before the first record. */
    default void open() throws Exception {}
}
