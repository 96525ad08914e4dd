package dev.weir.cli;

import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.LoggerFactory;

/**
 * Tells SIGTERM from the other signals that end a process. The JDK has one class for that, which its compiler warns of, so it
 * is found by name; where it is missing no signal is taken for SIGTERM. Acts on the whole process, which is the launcher's.
 */
final class Terminations {
    private static final int CODE = 143;

    private Terminations() {}

    /** True from the moment when SIGTERM has come, before the shutdown hooks run. */
    static AtomicBoolean watch() {
        AtomicBoolean terminated = new AtomicBoolean();
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object handling = Proxy.newProxyInstance(
                    Terminations.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            terminated.set(true);
                            exit();
                            return null;
                        }
                        return switch (method.getName()) {
                            case "hashCode" -> System.identityHashCode(proxy);
                            case "equals" -> proxy == arguments[0];
                            default -> "SIGTERM suspends";
                        };
                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance("TERM"), handling);
        } catch (ReflectiveOperationException | RuntimeException e) {
            LoggerFactory.getLogger(Terminations.class).debug("SIGTERM cannot be told from Ctrl-C", e);
        }
        return terminated;
    }

    /** Not on the thread of signals, which the exit waits for nothing of. */
    private static void exit() {
        Thread exit = new Thread(() -> Runtime.getRuntime().exit(CODE), "weir-terminate");
        exit.setDaemon(true);
        exit.start();
    }
}
