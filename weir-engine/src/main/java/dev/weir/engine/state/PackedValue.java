package dev.weir.engine.state;

/** A value that keeps what it is made of in an array of its own. */
public interface PackedValue {

    /** Bytes of the value and of all objects that it alone refers to. */
    long heapBytes();

    /** Reads from the array what is likely to be needed next, see {@link HeapTable#touch}. */
    long touch();
}
