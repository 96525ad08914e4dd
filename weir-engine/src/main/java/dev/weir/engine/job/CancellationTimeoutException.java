package dev.weir.engine.job;

/**
 * A task did not stop in time after it was cancelled, and was given up. The stack trace is that of the task's thread
 * at that moment.
 */
public final class CancellationTimeoutException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CancellationTimeoutException(
            String subtask, long cancellationMillis, long timeoutMillis, StackTraceElement[] where) {
        super(message(subtask, cancellationMillis, timeoutMillis, where));
        setStackTrace(where);
    }

    private static String message(
            String subtask, long cancellationMillis, long timeoutMillis, StackTraceElement[] where) {
        StringBuilder text = new StringBuilder("task '")
                .append(subtask)
                .append("' did not stop after it was cancelled and interrupted: cancellationMillis=")
                .append(cancellationMillis)
                .append(" > task.cancellation.timeout=")
                .append(timeoutMillis)
                .append("; its thread was given up, make its code react to interrupts or cancel(). It is at");
        for (StackTraceElement frame : where) {
            text.append("\n\tat ").append(frame);
        }
        return text.toString();
    }
}
