package dev.weir.engine.checkpoint.manifest;

import dev.weir.engine.checkpoint.manifest.OperatorPart.SubtaskPart;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** Manifests for tests. Those of the goldens never change: they stand for what an earlier Weir has written. */
final class Specimens {
    private Specimens() {}

    /** The worked example of {@code docs/checkpoint-format.md}. */
    static Manifest example() {
        return new Manifest(
                new Id(0x0102030405060708L, 0x090a0b0c0d0e0f10L),
                "orders",
                7,
                1_700_000_000_000L,
                Manifest.Kind.CHECKPOINT,
                List.of(),
                List.of(new StoredFile(StoredFile.Scope.EXCLUSIVE, "state-0", 40, OptionalInt.of(0x11223344))),
                List.of(new OperatorPart(
                        new Id(0xaaaaaaaaaaaaaaaaL, 0xbbbbbbbbbbbbbbbbL),
                        null,
                        "count",
                        1,
                        2,
                        false,
                        Optional.empty(),
                        List.of(new SubtaskPart(
                                0,
                                false,
                                List.of(new StatePart(
                                        StateKind.MANAGED_KEYED,
                                        new Location.InFile(0, 0, 40),
                                        new StatePart.KeyGroups("k", false, 0, new long[] {8, 24}))))))));
    }

    /** Everything that the first version can say. */
    static Manifest everything() {
        Location inline = new Location.Inline("name of état", new byte[] {1, 2, 3, 4});
        return new Manifest(
                new Id(1, 2),
                "",
                Long.MAX_VALUE,
                -1,
                Manifest.Kind.SAVEPOINT,
                List.of(
                        new Manifest.MasterPart("hook", 3, new byte[] {9}),
                        new Manifest.MasterPart("", 0, new byte[0])),
                List.of(
                        new StoredFile(StoredFile.Scope.EXCLUSIVE, "a", 100, OptionalInt.empty()),
                        new StoredFile(StoredFile.Scope.SHARED, "7-b", 0, OptionalInt.of(-1)),
                        new StoredFile(StoredFile.Scope.TASK_OWNED, "c", 3, OptionalInt.of(0)),
                        new StoredFile(StoredFile.Scope.ABSOLUTE, "s3://bucket/d", Long.MAX_VALUE, OptionalInt.of(5))),
                List.of(
                        new OperatorPart(
                                new Id(-1, 0),
                                "name",
                                null,
                                3,
                                128,
                                false,
                                Optional.of((Location.Inline) inline),
                                subtasks(inline)),
                        new OperatorPart(new Id(0, -1), "done", "uid", 1, 1, true, Optional.empty(), List.of())));
    }

    /** What the second version can say beside that. */
    static Manifest everythingOfTheSecond() {
        Manifest first = everything();
        Location inline = new Location.Inline("types", new byte[] {1, 2, 3});
        StatePart.Index database = new StatePart.Database(
                "id",
                new Id(3, 4),
                41,
                5,
                2,
                17,
                List.of(
                        new StatePart.DatabaseFile("000017.sst", true, new Location.InFile(1, 0, 0)),
                        new StatePart.DatabaseFile("CURRENT", false, new Location.Inline("n", new byte[] {7}))));
        OperatorPart operator = new OperatorPart(
                new Id(5, 6),
                null,
                null,
                1,
                8,
                false,
                Optional.empty(),
                List.of(new SubtaskPart(0, false, List.of(new StatePart(StateKind.KEYED_DATABASE, inline, database)))));
        return new Manifest(
                first.jobId(),
                first.jobKey(),
                first.checkpointId(),
                first.triggeredMillis(),
                first.kind(),
                first.masters(),
                first.files(),
                Stream.concat(first.operators().stream(), Stream.of(operator)).toList());
    }

    private static List<SubtaskPart> subtasks(Location inline) {
        Location file = new Location.InFile(0, 10, 90);
        StatePart.Index lists = new StatePart.NamedLists(List.of(
                new StatePart.NamedList("split", StatePart.Distribution.SPLIT, new long[] {0, 4}),
                new StatePart.NamedList("union", StatePart.Distribution.UNION, new long[] {1}),
                new StatePart.NamedList("all", StatePart.Distribution.BROADCAST, new long[0])));
        StatePart.Index groups = new StatePart.KeyGroups("id", true, 64, new long[] {0, -1, 90});
        return List.of(
                new SubtaskPart(
                        0,
                        false,
                        List.of(
                                new StatePart(StateKind.MANAGED_KEYED, file, groups),
                                new StatePart(StateKind.RAW_KEYED, file, groups),
                                new StatePart(StateKind.MANAGED_OPERATOR, inline, lists),
                                new StatePart(StateKind.RAW_OPERATOR, inline, lists),
                                new StatePart(
                                        StateKind.INPUT_CHANNEL,
                                        inline,
                                        new StatePart.Channel(0, 1, 2, 4, new long[] {0, 2})),
                                new StatePart(
                                        StateKind.OUTPUT_CHANNEL,
                                        new Location.InFile(3, 1L << 40, 5),
                                        new StatePart.Channel(2, 0, 1, 5, new long[] {0})))),
                new SubtaskPart(2, true, List.of()));
    }
}
