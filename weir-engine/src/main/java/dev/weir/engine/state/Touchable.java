package dev.weir.engine.state;

/** A value that keeps what it is made of in arrays of its own. */
public interface Touchable {

    /** Reads from the arrays what is likely to be needed next, see {@link HeapTable#touch}. */
    long touch();
}
