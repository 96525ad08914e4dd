package dev.weir.engine.checkpoint.manifest;

import java.util.List;

/**
 * All that is known of one checkpoint, apart from the bytes in its files.
 *
 * @param jobId the job that took it
 * @param jobKey the key that the job's id was derived from; empty where it has none
 * @param checkpointId its number, at least 0
 * @param triggeredMillis when it was triggered, in milliseconds since the epoch
 * @param kind who asked for it, hence who may delete it
 * @param masters what the job's hooks stored
 * @param files the files that hold state, each named once
 * @param operators the state of each operator; refers to files by their position in {@code files}
 */
public record Manifest(
        Id jobId,
        String jobKey,
        long checkpointId,
        long triggeredMillis,
        Kind kind,
        List<MasterPart> masters,
        List<StoredFile> files,
        List<OperatorPart> operators) {

    /** The first bytes of a manifest, ASCII {@code WEIRCKPT}. */
    public static final long MAGIC = 0x57454952434B5054L;

    /** The version that is written. Every version from 1 on is read. */
    public static final int VERSION = 2;

    /** Copies its lists. */
    public Manifest {
        masters = List.copyOf(masters);
        files = List.copyOf(files);
        operators = List.copyOf(operators);
    }

    /** Who asked for a checkpoint. The order is part of the format. */
    public enum Kind {
        /** Taken by the job for itself; deleted when it is subsumed. */
        CHECKPOINT,
        /** Taken for a user, who owns it. */
        SAVEPOINT
    }

    /** What a hook on the job's side stored under its name. */
    public record MasterPart(String name, int version, byte[] bytes) {}
}
