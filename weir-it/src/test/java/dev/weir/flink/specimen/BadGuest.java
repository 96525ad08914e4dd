package dev.weir.flink.specimen;

import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;

/** Breaks the laws of embedding on purpose; never run. */
public final class BadGuest {
    private static int guests;

    private BadGuest() {}

    static void exit() {
        guests++;
        System.exit(guests);
    }

    static void handleAll() {
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> {});
    }

    static void hook() {
        Runtime.getRuntime().addShutdownHook(new Thread(BadGuest::exit));
    }

    static void redirect() {
        System.setOut(System.err);
    }

    static void print() {
        System.out.println(guests);
    }

    static void configure() {
        Configurator.setRootLevel(Level.OFF);
    }
}
