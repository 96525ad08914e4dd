package dev.weir.flink.record;

/**
 * A serializer called for a part of a record threw. Tells the copier that the exception is the serializer's answer and
 * not a shortcoming of generated code.
 */
final class LeafFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final RuntimeException failure;

    LeafFailure(RuntimeException failure) {
        super(failure.getMessage(), failure, false, false);
        this.failure = failure;
    }

    /** What the serializer threw. */
    RuntimeException failure() {
        return failure;
    }
}
