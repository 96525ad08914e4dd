package dev.weir.engine.exchange;

/** Thrown out of a blocking engine call when its task is being cancelled; never a cause of failure by itself. */
public final class CancelledException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CancelledException(String where) {
        super(where);
    }
}
