package dev.weir.it.harness;

import java.util.Map;

/** Where the threads of running jobs stand. */
final class Stacks {
    private static final int FRAMES_MAX = 14;

    private Stacks() {}

    /** The stacks of all threads that look like a task's, a source's or a coordinator's: with a subtask or a host in their frames. */
    static String ofTasks() {
        StringBuilder text = new StringBuilder();
        for (Map.Entry<Thread, StackTraceElement[]> entry :
                Thread.getAllStackTraces().entrySet()) {
            StackTraceElement[] frames = entry.getValue();
            if (speaksOfTasks(frames)) {
                text.append("\n  \"")
                        .append(entry.getKey().getName())
                        .append("\" ")
                        .append(entry.getKey().getState());
                for (int i = 0; i < Math.min(FRAMES_MAX, frames.length); i++) {
                    text.append("\n    at ").append(frames[i]);
                }
            }
        }
        return text.toString();
    }

    private static boolean speaksOfTasks(StackTraceElement[] frames) {
        for (StackTraceElement frame : frames) {
            String name = frame.getClassName();
            if (name.startsWith("dev.weir.engine")
                    || name.startsWith("dev.weir.flink")
                    || name.endsWith(".StreamTask")) {
                return true;
            }
        }
        return false;
    }
}
