package dev.weir.engine.checkpoint;

/** More checkpoints failed in a row than {@link CheckpointPolicy#tolerableFailures}; the cause is the last failure. */
public final class CheckpointToleranceExceededException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    CheckpointToleranceExceededException(int tolerable, CheckpointException failure) {
        super(
                "Exceeded checkpoint tolerable failure threshold. The latest checkpoint failed due to "
                        + failure.reason().message() + " tolerableFailures=" + tolerable + rootOf(failure),
                failure);
    }

    private static String rootOf(CheckpointException failure) {
        Throwable root = failure;
        for (int depth = 0; root.getCause() != null && depth < 100; depth++) {
            root = root.getCause();
        }
        return root == failure ? "" : ", root cause: " + root;
    }
}
