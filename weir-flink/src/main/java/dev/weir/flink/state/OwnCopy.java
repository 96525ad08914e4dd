package dev.weir.flink.state;

/**
 * A stored value that copies itself, where its serializer's copy would be another class: a native twin's own form of what
 * Flink keeps.
 */
public interface OwnCopy<T> {

    /** A value that may be changed while the original is read by a snapshot. */
    T copy();
}
