package dev.weir.cli.control;

import dev.weir.cli.control.Announcement.Announced;
import dev.weir.cli.control.Views.Jobs;
import dev.weir.cli.control.Views.Order;
import dev.weir.cli.control.Views.Outcome;
import dev.weir.cli.control.Views.Problem;
import dev.weir.engine.diagnosis.Diagnosis;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.SocketTimeoutException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One live process of a data directory, as seen from another. Methods block until the process has answered. */
public final class ControlClient {
    private static final int CONNECT_MILLIS_MAX = 5_000;
    private static final int LOOK_MILLIS_MAX = 10_000;
    private static final int WHY_MILLIS_MAX = 120_000;
    private static final int ANSWER_BYTES_MAX = 64 << 20;

    private final Announced process;

    private ControlClient(Announced process) {
        this.process = process;
    }

    /** The live processes of a data directory, the smallest process id first. */
    public static List<ControlClient> all(Path data) throws ControlException {
        try {
            return Announcement.live(data).stream().map(ControlClient::new).toList();
        } catch (IOException e) {
            throw new ControlException("the processes of " + data + " are not known: " + e, e);
        }
    }

    static String authorization(String token) {
        return "Bearer " + token;
    }

    public long pid() {
        return process.pid();
    }

    /** All jobs of the process, ended ones too. */
    public List<Views.Job> jobs() throws ControlException {
        return get("/jobs", Jobs.class).jobs();
    }

    /** How the process was started; null where it runs no program of its own but serves jobs. */
    public Views.@Nullable Run run() throws ControlException {
        return get("/run", Views.Started.class).run();
    }

    /** Has a process that serves jobs run a program; returns when its {@code main} has. */
    public List<String> submit(Views.Run program) throws ControlException {
        return ask("/programs", program, 0, Views.Submitted.class).jobs();
    }

    /** More of a job. */
    public Views.Info info(String job) throws ControlException {
        return get("/jobs/" + job + "/info", Views.Info.class);
    }

    /** Where the process logs to. */
    public Views.Logs logs() throws ControlException {
        return get("/logs", Views.Logs.class);
    }

    /** What a job's vertices do at the moment. */
    public Views.Load load(String job) throws ControlException {
        return get("/jobs/" + job + "/load", Views.Load.class);
    }

    /** What stores estimate of a job's states at the moment. */
    public Views.States states(String job) throws ControlException {
        return get("/jobs/" + job + "/states", Views.States.class);
    }

    /** A view as it goes over the wire. */
    public static String json(Object view) throws ControlException {
        try {
            return new String(Json.write(view), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new ControlException("no JSON: " + e.getMessage(), e);
        }
    }

    /** What holds a job up; takes some seconds where something does. */
    public Diagnosis why(String job) throws ControlException {
        return ask("/jobs/" + job + "/why", null, WHY_MILLIS_MAX, Diagnosis.class);
    }

    /** The process's budgets of memory. */
    public Views.Memory memory() throws ControlException {
        return get("/memory", Views.Memory.class);
    }

    /** A job's checkpoints. */
    public Views.Checkpoints checkpoints(String job) throws ControlException {
        return get("/jobs/" + job + "/checkpoints", Views.Checkpoints.class);
    }

    /** One of them with the rows of its subtasks. */
    public Views.CheckpointRows checkpoint(String job, long id) throws ControlException {
        return get("/jobs/" + job + "/checkpoints/" + id, Views.CheckpointRows.class);
    }

    /** Cancels a job, with a savepoint where a directory for one is given; returns when it has ended. */
    public Outcome cancel(String job, Order order) throws ControlException {
        return post(job, "cancel", order);
    }

    /** Takes a savepoint; returns when it is complete. */
    public Outcome savepoint(String job, Order order) throws ControlException {
        return post(job, "savepoint", order);
    }

    /** Stops a job with a savepoint; returns when the job has finished. */
    public Outcome stop(String job, Order order) throws ControlException {
        return post(job, "stop", order);
    }

    /** Takes a checkpoint; returns when it is complete. */
    public Outcome checkpoint(String job, Order order) throws ControlException {
        return post(job, "checkpoint", order);
    }

    private <T> T get(String path, Class<T> view) throws ControlException {
        return ask(path, null, LOOK_MILLIS_MAX, view);
    }

    /** Takes as long as it takes: the job's own timeout for checkpoints ends it. */
    private Outcome post(String job, String operation, Order order) throws ControlException {
        return ask("/jobs/" + job + "/" + operation, order, 0, Outcome.class);
    }

    private <T> T ask(String path, @Nullable Object order, int readMillisMax, Class<T> view) throws ControlException {
        try {
            URL url = new URL("http", InetAddress.getLoopbackAddress().getHostAddress(), process.port(), path);
            HttpURLConnection connection = (HttpURLConnection) url.openConnection(Proxy.NO_PROXY);
            connection.setConnectTimeout(CONNECT_MILLIS_MAX);
            connection.setReadTimeout(readMillisMax);
            connection.setRequestProperty("Authorization", authorization(process.token()));
            if (order != null) {
                byte[] body = Json.write(order);
                connection.setDoOutput(true);
                connection.setFixedLengthStreamingMode(body.length); // and no silent second try
                connection.getOutputStream().write(body);
            }
            int status = connection.getResponseCode();
            try (InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
                byte[] answer = in == null ? new byte[0] : in.readNBytes(ANSWER_BYTES_MAX);
                if (status != 200) {
                    throw new ControlException(Json.read(answer, Problem.class).error());
                }
                return Json.read(answer, view);
            }
        } catch (SocketTimeoutException e) {
            throw new ControlException(
                    "process " + process.pid() + " does not answer: waitedMillis=" + readMillisMax, e);
        } catch (IOException e) {
            throw new ControlException(
                    alive()
                            ? "process " + process.pid() + " cannot be reached: " + e.getMessage()
                            : "process " + process.pid() + " ended before it answered",
                    e);
        }
    }

    private boolean alive() {
        return ProcessHandle.of(process.pid()).isPresent();
    }
}
