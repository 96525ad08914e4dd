package dev.weir.engine.checkpoint;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A checkpoint or savepoint that was not taken or not completed. */
public final class CheckpointException extends Exception {

    private static final long serialVersionUID = 1L;

    private final CheckpointFailureReason reason;

    public CheckpointException(CheckpointFailureReason reason, @Nullable Throwable cause) {
        super(reason.message(), cause);
        this.reason = reason;
    }

    public CheckpointException(String message, CheckpointFailureReason reason, @Nullable Throwable cause) {
        super(message + " Failure reason: " + reason.message(), cause);
        this.reason = reason;
    }

    /** The same failure, as of the same place, with a cause in another form. */
    public CheckpointException withCause(@Nullable Throwable cause) {
        CheckpointException other = new CheckpointException(String.valueOf(getMessage()), cause, reason);
        other.setStackTrace(getStackTrace());
        return other;
    }

    private CheckpointException(String wholeMessage, @Nullable Throwable cause, CheckpointFailureReason reason) {
        super(wholeMessage, cause);
        this.reason = reason;
    }

    public CheckpointFailureReason reason() {
        return reason;
    }

    /** The reason that an arbitrary failure has: I/O before all else, then what it says itself, then the one given. */
    static CheckpointException of(CheckpointFailureReason otherwise, Throwable failure) {
        if (find(IOException.class, failure) != null) {
            return new CheckpointException(CheckpointFailureReason.IO_EXCEPTION, failure);
        }
        CheckpointException known = find(CheckpointException.class, failure);
        return known == null ? new CheckpointException(otherwise, failure) : known;
    }

    private static <T extends Throwable> @Nullable T find(Class<T> type, Throwable failure) {
        Throwable next = failure;
        for (int depth = 0; next != null && depth < 100; depth++) {
            if (type.isInstance(next)) {
                return type.cast(next);
            }
            next = next.getCause();
        }
        return null;
    }
}
