package dev.weir.engine.diagnosis;

/** What a subtask's time may go into. */
public enum Activity {
    /** What the user wrote, and the libraries that it calls. */
    USER_CODE("user code"),
    /** Serializers, and copies of records. */
    SERIALIZATION("serialization and copying"),
    /** Keyed state, with what the store serializes for it. */
    STATE("state access"),
    /** Setting, deleting and finding timers; what a timer calls is user code. */
    TIMERS("timers"),
    /** The part of a checkpoint during which the task does nothing else, and its completion. */
    CHECKPOINT("checkpoints"),
    /** Off the CPU for something outside the job: I/O, a lock, a sleep. */
    OUTSIDE("waiting for something outside"),
    /** The engine and the operators around user code. */
    RUNTIME("operators and runtime"),
    /** The JVM's pauses for collections. */
    GC("garbage collection"),
    /** Waiting for input, or for space in an output: not busy. */
    EXCHANGE("waiting for input or space");

    private final String text;

    Activity(String text) {
        this.text = text;
    }

    /** In words. */
    public String text() {
        return text;
    }
}
