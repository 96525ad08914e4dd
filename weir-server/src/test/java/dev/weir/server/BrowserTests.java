package dev.weir.server;

import java.nio.file.Path;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A browser, and a server for it to look at. */
abstract class BrowserTests {
    @TempDir
    Path directory;

    Browser browser;
    RunningJobs jobs;

    /** Of the server. */
    abstract Configuration configuration() throws Exception;

    @BeforeEach
    final void start() throws Exception {
        browser = Browser.start(directory.resolve("profile"));
        browser.looks(1280, 900, false);
        jobs = new RunningJobs(configuration(), directory);
    }

    @AfterEach
    final void close() {
        if (browser != null) {
            browser.close();
        }
        if (jobs != null) {
            jobs.close();
        }
    }
}
