package dev.weir.engine.jobstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JobStoreTest {
    @TempDir
    Path data;

    @Test
    void theNextProcessFindsWhatTheLastOneKnew() throws IOException {
        long first;
        String id;
        try (JobStore store = JobStore.open(data, "orders")) {
            id = store.record().jobId();
            first = store.nextCheckpointId();
            store.checkpoints(List.of("/cp/chk-2", "/cp/chk-1"));
            store.phase(JobRecord.Phase.SUSPENDED);
        }
        try (JobStore store = JobStore.open(data, "orders")) {
            assertThat(store.record().jobId()).isEqualTo(id).matches("[0-9a-f]{32}");
            assertThat(store.record().phase()).isEqualTo(JobRecord.Phase.SUSPENDED);
            assertThat(store.record().checkpoints()).containsExactly("/cp/chk-2", "/cp/chk-1");
            assertThat(store.record().resumable()).isTrue();
            assertThat(store.nextCheckpointId()).isEqualTo(first + 1);
            store.skipCheckpointIdsTo(77_777);
            assertThat(store.nextCheckpointId()).isEqualTo(77_777);

            store.fresh();
            assertThat(store.record().resumable()).isFalse();
            assertThat(store.nextCheckpointId()).isEqualTo(77_778);
        }
        assertThat(JobStore.peek(data, "orders").jobId()).isEqualTo(id);
        assertThat(JobStore.peek(data, "other")).isNull();
    }

    @Test
    void anEndedJobIsNotResumed() {
        JobRecord job = new JobRecord("0", JobRecord.Phase.RUNNING, 1, 1, null, List.of("/cp/chk-1"), List.of());

        assertThat(job.resumable()).isTrue();
        assertThat(job.in(JobRecord.Phase.ENDED).resumable()).isFalse();
    }

    @Test
    void anEndedJobNamesWhatIsStillToBeDeleted() throws IOException {
        try (JobStore store = JobStore.open(data, "orders")) {
            store.checkpoints(List.of("/cp/chk-1"));
            store.stopped("/sp/savepoint-1");
            assertThat(store.record().resumable()).isFalse();
            store.ended(false);
        }
        JobRecord ended = JobStore.peek(data, "orders");
        assertThat(ended.phase()).isEqualTo(JobRecord.Phase.ENDED);
        assertThat(ended.stoppedWith()).isEqualTo("/sp/savepoint-1");
        assertThat(ended.checkpoints()).containsExactly("/cp/chk-1");
        try (JobStore store = JobStore.open(data, "orders")) {
            store.ended(true);
            assertThat(store.record().checkpoints()).isEmpty();
            store.fresh();
            assertThat(store.record().stoppedWith()).isNull();
        }
    }

    @Test
    void aKeyFixesIdAndDirectory() {
        List<String> keys = List.of("a", "b", "A b/c", "A b:c", "..", ".", "", "x".repeat(300), "é");
        Set<String> ids = new TreeSet<>();
        Set<Path> directories = new TreeSet<>();
        for (String key : keys) {
            ids.add(JobStore.jobId(key));
            Path directory = JobStore.directory(data, key);
            assertThat(directory.normalize()).isEqualTo(directory);
            assertThat(directory.getParent()).isEqualTo(data.resolve("jobs"));
            assertThat(directory.getFileName().toString().length()).isBetween(1, 100);
            directories.add(directory);
        }
        assertThat(ids).hasSameSizeAs(keys);
        assertThat(directories).hasSameSizeAs(keys);
        assertThat(JobStore.directory(data, "orders")).hasFileName("orders");
    }

    @Test
    void aSecondHolderIsRefusedWithTheFirstOnesProcess() throws IOException {
        try (JobStore store = JobStore.open(data, "orders")) {
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> JobStore.open(data, "orders"))
                        .isInstanceOf(JobHeldException.class)
                        .hasMessage("job 'orders' is run by process "
                                + ProcessHandle.current().pid()
                                + " already; cancel or suspend that one, or give this one another --job-key");
            }
            store.ended(false);
        }
        JobStore.open(data, "orders").close();
    }

    @Test
    void aProcessThatIsKilledLetsItsJobGo() throws Exception {
        Process holder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        data.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = holder.inputReader()) {
            assertThat(out.readLine()).isEqualTo("held");
            assertThatThrownBy(() -> JobStore.open(data, "orders"))
                    .isInstanceOf(JobHeldException.class)
                    .hasMessageContaining("is run by process " + holder.pid() + " already");
        } finally {
            holder.destroyForcibly().waitFor();
        }
        try (JobStore store = JobStore.open(data, "orders")) {
            assertThat(store.nextCheckpointId()).isEqualTo(11);
        }
    }

    /** Another process that runs the job until it is killed. */
    static final class Holder {
        private Holder() {}

        @SuppressWarnings("SystemOut") // how it speaks to the test
        public static void main(String[] args) throws IOException {
            JobStore store = JobStore.open(Path.of(args[0]), "orders");
            store.nextCheckpointId();
            System.out.println("held");
            System.in.read();
            store.close();
        }
    }

    @Test
    void aDamagedRecordSaysWhichFileAndWhatToDo() throws IOException {
        try (JobStore store = JobStore.open(data, "orders")) {
            store.checkpoints(List.of("/cp/chk-1"));
        }
        Path file = data.resolve("jobs/orders/job");
        String text = Files.readString(file);
        for (String damaged :
                List.of("", "hello", text.replace("chk-1", "chk-2"), text.substring(0, text.length() - 1))) {
            Files.writeString(file, damaged);
            assertThatThrownBy(() -> JobStore.open(data, "orders"))
                    .hasMessageContaining("job record " + file + " is damaged: its checksum does not fit")
                    .hasMessageContaining("--fresh");
        }
        Files.writeString(file, text);
        JobStore.open(data, "orders").close();
    }

    @Test
    void theRecordIsTextThatStaysReadable() throws IOException {
        JobRecord job = new JobRecord(
                "00ff",
                JobRecord.Phase.SUSPENDED,
                31,
                1001,
                "/sp/savepoint-1",
                List.of("/cp/chk-7", "s3://b/é/chk-6"),
                List.of("/cp/chk-5"));
        String text =
                """
                weir-job 1
                id 00ff
                phase SUSPENDED
                next-checkpoint 1001
                first-checkpoint 31
                stopped-with /sp/savepoint-1
                checkpoint /cp/chk-7
                checkpoint s3://b/é/chk-6
                dropped /cp/chk-5
                crc32c 59098c72
                """;

        assertThat(new String(JobRecordText.write(job), StandardCharsets.UTF_8)).isEqualTo(text);
        assertThat(JobRecordText.read("job", text.getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(job);
        String earlier = text.replace("first-checkpoint 31\n", "").replace("59098c72", "fe0d6d9b");
        assertThat(JobRecordText.read("job", earlier.getBytes(StandardCharsets.UTF_8))
                        .firstCheckpointId())
                .isEqualTo(1001);
    }
}
