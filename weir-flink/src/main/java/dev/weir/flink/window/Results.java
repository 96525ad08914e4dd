package dev.weir.flink.window;

/** What the operator's function makes of the contents of a window. */
interface Results {

    /** Emits for a key. */
    void emit(OpenWindow window, int slot, Object contents) throws Exception;

    /** Whether {@link #clear} does anything. */
    boolean clears();

    /** Tells the function that the contents of a key are dropped. */
    void clear(OpenWindow window, Object key) throws Exception;
}
