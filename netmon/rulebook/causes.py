"""The one table of probable causes: name, its numbers in both integer sets, and the event type it belongs to.

Names are those of ITU-T X.733, X.736, M.3100 and GR-833 in the spelling of TMF642; ``iana`` is the number of
IANA-ITU-ALARM-TC-MIB (RFC 3877), ``x721`` that of ITU-T X.721. A name that X.733 shares with an older list has the
number of the older one, as specs/alarms.md section 3 uses it; slips of spelling in the MIB are mended.
"""

from typing import NamedTuple

EVENT_TYPES = (
    "communicationsAlarm",
    "processingErrorAlarm",
    "environmentalAlarm",
    "qualityOfServiceAlarm",
    "equipmentAlarm",
    "integrityViolation",
    "operationalViolation",
    "physicalViolation",
    "securityService",
    "mechanismViolation",
    "timeDomainViolation",
)


class Cause(NamedTuple):
    """A probable cause; ``x721`` is 0 where X.721 has no number for it, ``event_type`` empty where it may be any."""

    name: str
    iana: int
    x721: int
    event_type: str


INDETERMINATE = "indeterminate"

_X721 = """
adapterError applicationSubsystemFailure bandwidthReduced callEstablishmentError communicationsProtocolError
communicationsSubsystemFailure configurationOrCustomizationError congestion corruptData cpuCyclesLimitExceeded
dataSetOrModemError degradedSignal dteDceInterfaceError enclosureDoorOpen equipmentMalfunction
excessiveVibration fileError fireDetected floodDetected framingError heatingVentCoolingSystemProblem
humidityUnacceptable inputOutputDeviceError inputDeviceError lanError leakDetected localNodeTransmissionError
lossOfFrame lossOfSignal materialSupplyExhausted multiplexerProblem outOfMemory outputDeviceError
performanceDegraded powerProblem pressureUnacceptable processorProblem pumpFailure queueSizeExceeded
receiveFailure receiverFailure remoteNodeTransmissionError resourceAtOrNearingCapacity responseTimeExcessive
retransmissionRateExcessive softwareError softwareProgramAbnormallyTerminated softwareProgramError
storageCapacityProblem temperatureUnacceptable thresholdCrossed timingProblem toxicLeakDetected transmitFailure
transmitterFailure underlyingResourceUnavailable versionMismatch
"""
"""In the order of X.721, from 1."""

_BLOCKS: tuple[tuple[int, str, str], ...] = (
    (
        1,
        "communicationsAlarm",
        """
        aIS callSetUpFailure degradedSignal farEndReceiverFailure framingError lossOfFrame lossOfPointer lossOfSignal
        payloadTypeMismatch transmissionError remoteAlarmInterface excessiveBER pathTraceMismatch unavailable
        signalLabelMismatch lossOfMultiFrame receiveFailure transmitFailure modulationFailure demodulationFailure
        broadcastChannelFailure connectionEstablishmentError invalidMessageReceived localNodeTransmissionError
        remoteNodeTransmissionError routingFailure
        """,
    ),
    (
        51,
        "equipmentAlarm",
        """
        backplaneFailure dataSetProblem equipmentIdentifierDuplication externalIFDeviceProblem lineCardProblem
        multiplexerProblem nEIdentifierDuplication powerProblem processorProblem protectionPathFailure receiverFailure
        replaceableUnitMissing replaceableUnitTypeMismatch synchronizationSourceMismatch terminalProblem timingProblem
        transmitterFailure trunkCardProblem replaceableUnitProblem realTimeClockFailure antennaFailure
        batteryChargingFailure diskFailure frequencyHoppingFailure iODeviceError lossOfSynchronisation lossOfRedundancy
        powerSupplyFailure signalQualityEvaluationFailure transceiverFailure protectionMechanismFailure
        protectingResourceFailure
        """,
    ),
    (
        101,
        "environmentalAlarm",
        """
        airCompressorFailure airConditioningFailure airDryerFailure batteryDischarging batteryFailure
        commercialPowerFailure coolingFanFailure engineFailure fireDetectorFailure fuseFailure generatorFailure
        lowBatteryThreshold pumpFailure rectifierFailure rectifierHighVoltage rectifierLowVoltage
        ventilationsSystemFailure enclosureDoorOpen explosiveGas fire flood highHumidity highTemperature highWind
        iceBuildUp intrusionDetection lowFuel lowHumidity lowCablePressure lowTemperature lowWater smoke toxicGas
        coolingSystemFailure externalEquipmentFailure externalPointFailure
        """,
    ),
    (
        151,
        "processingErrorAlarm",
        """
        storageCapacityProblem memoryMismatch corruptData outOfCPUCycles sfwrEnvironmentProblem sfwrDownloadFailure
        lossOfRealTime applicationSubsystemFailure configurationOrCustomisationError databaseInconsistency fileError
        outOfMemory softwareError timeoutExpired
        """,
    ),
    (166, "processingErrorAlarm", "versionMismatch"),
    (
        201,
        "qualityOfServiceAlarm",
        """
        bandwidthReduced congestion excessiveErrorRate excessiveResponseTime excessiveRetransmissionRate
        reducedLoggingCapability systemResourcesOverload
        """,
    ),
    (500, "equipmentAlarm", "adapterError"),
    (503, "communicationsAlarm", "callEstablishmentError communicationsProtocolError communicationsSubsystemFailure"),
    (506, "processingErrorAlarm", "configurationOrCustomizationError"),
    (509, "processingErrorAlarm", "cpuCyclesLimitExceeded"),
    (510, "equipmentAlarm", "dataSetOrModemError"),
    (512, "communicationsAlarm", "dteDceInterfaceError"),
    (514, "equipmentAlarm", "equipmentMalfunction"),
    (515, "environmentalAlarm", "excessiveVibration"),
    (517, "environmentalAlarm", "fireDetected"),
    (519, "environmentalAlarm", "heatingVentCoolingSystemProblem humidityUnacceptable"),
    (521, "equipmentAlarm", "inputOutputDeviceError inputDeviceError"),
    (523, "communicationsAlarm", "lanError"),
    (524, "environmentalAlarm", "leakDetected"),
    (528, "environmentalAlarm", "materialSupplyExhausted"),
    (531, "equipmentAlarm", "outputDeviceError"),
    (532, "qualityOfServiceAlarm", "performanceDegraded"),
    (534, "environmentalAlarm", "pressureUnacceptable"),
    (537, "qualityOfServiceAlarm", "queueSizeExceeded"),
    (541, "qualityOfServiceAlarm", "resourceAtOrNearingCapacity responseTimeExcessive retransmissionRateExcessive"),
    (545, "processingErrorAlarm", "softwareProgramAbnormallyTerminated softwareProgramError"),
    (548, "environmentalAlarm", "temperatureUnacceptable"),
    (549, "qualityOfServiceAlarm", "thresholdCrossed"),
    (551, "environmentalAlarm", "toxicLeakDetected"),
    (554, "processingErrorAlarm", "underlyingResourceUnavailable"),
    (600, "securityService", "authenticationFailure breachOfConfidentiality"),
    (602, "physicalViolation", "cableTamper"),
    (603, "timeDomainViolation", "delayedInformation"),
    (604, "operationalViolation", "denialOfService"),
    (
        605,
        "integrityViolation",
        "duplicateInformation informationMissing informationModificationDetected informationOutOfSequence",
    ),
    (609, "timeDomainViolation", "keyExpired"),
    (610, "securityService", "nonRepudiationFailure"),
    (611, "timeDomainViolation", "outOfHoursActivity"),
    (612, "operationalViolation", "outOfService proceduralError"),
    (614, "securityService", "unauthorizedAccessAttempt"),
    (615, "integrityViolation", "unexpectedInformation"),
    (1024, "", "other"),
)


def _table() -> dict[str, Cause]:
    x721 = {name: number for number, name in enumerate(_X721.split(), start=1)}
    found = {INDETERMINATE: Cause(INDETERMINATE, 0, 0, "")}
    for first, event_type, names in _BLOCKS:
        for iana, name in enumerate(names.split(), start=first):
            found[name] = Cause(name, iana, x721.get(name, 0), event_type)
    return found


CAUSES: dict[str, Cause] = _table()
"""By name."""
