package dev.weir.cli.control;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** Failures in one line. */
final class Failures {
    private static final int DEPTH_MAX = 20;

    private Failures() {}

    static Throwable unwrap(Throwable failure) {
        Throwable each = failure;
        while ((each instanceof CompletionException || each instanceof ExecutionException) && each.getCause() != null) {
            each = each.getCause();
        }
        return each;
    }

    /** The messages of a failure and its causes, each once. */
    static String describe(@Nullable Throwable failure) {
        Set<String> messages = new LinkedHashSet<>();
        Throwable each = failure;
        for (int depth = 0; each != null && depth < DEPTH_MAX; depth++) {
            String message = each.getMessage();
            // a wrapper without words of its own repeats its cause
            if (message == null
                    || each.getCause() == null
                    || !message.equals(each.getCause().toString())) {
                messages.add(message == null ? each.getClass().getSimpleName() : message);
            }
            each = each.getCause();
        }
        return messages.isEmpty() ? "unknown" : String.join("; caused by: ", messages);
    }
}
