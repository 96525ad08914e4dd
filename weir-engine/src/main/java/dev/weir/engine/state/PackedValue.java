package dev.weir.engine.state;

/** A value that knows what it takes. */
public interface PackedValue extends Touchable {

    /** Bytes of the value and of all objects that it alone refers to. */
    long heapBytes();
}
